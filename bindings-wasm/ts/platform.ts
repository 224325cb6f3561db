/** What the core asks of the runtime and of the caller's functions, for one client. */

import { FetchTransport, type Fetch } from "./fetch.js";
import { inPage } from "./place.js";
import { tell, type ClientOptions, type Hooks, type TokenProvider, type TokenWanted } from "./options.js";
import { current } from "./runtime.js";
import type { Exchange, Outgoing, Receiver, Transport } from "./transport.js";

/** Goes on with a machine that asked: an export of the core, and what it takes. */
export type Go = (name: string, numbers: number[], ...parts: string[]) => void;

/** The platform under a client. */
export class ClientPlatform {
  readonly hooked: boolean;
  readonly #options: ClientOptions;
  #transport: Transport | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    // What is wrong with it is told at once.
    if (options.proxy !== undefined) this.#transport = this.#made();
    this.hooked = Boolean(options.onRequest ?? options.onResponse ?? options.onRetry);
  }

  /** Lets go of the connections. */
  close(): void {
    this.#transport?.close();
  }

  send(request: Outgoing, to: Receiver): Exchange {
    this.#transport ??= this.#made();
    return this.#transport.send(request, to);
  }

  /** Asks the token provider. */
  answer(wanted: TokenWanted, go: Go): Promise<void> {
    return this.ask(() => this.#options.tokenProvider!(wanted), go);
  }

  /** Asks one of the caller's functions for a token. */
  protected async ask(provider: () => ReturnType<TokenProvider>, go: Go): Promise<void> {
    let token;
    let expires = 0;
    try {
      const given = await provider();
      token = typeof given === "string" ? given : given?.token;
      if (typeof token !== "string") throw new Error(`it gave ${typeof given} instead of a token`);
      if (typeof given === "object") expires = Number(given.expiresAt ?? 0);
    } catch (thrown) {
      return go("withheld", [], lineOf(thrown));
    }
    go("given", [expires], token);
  }

  /** Tells a hook. */
  tell<H extends keyof Hooks>(hook: H, event: Parameters<NonNullable<Hooks[H]>>[0]): void {
    tell(() => this.#options[hook]?.(event as never));
  }

  #made(): Transport {
    const { fetch, baseUrl, tokenProvider, proxy, ca } = this.#options;
    const own = current().transport;
    if (!fetch && own) return own({ proxy, ca });
    const behindProxy = inPage() && baseUrl?.startsWith("/") && !tokenProvider;
    // `fetch` must be called as a function of the global object, whatever object holds it.
    const found: Fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
    return new FetchTransport(found, inPage() ? (behindProxy ? "same-origin" : "omit") : undefined);
  }
}

/** What somebody else's function threw, in one line. */
export function lineOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.message.split("\n")[0] ?? thrown.name) : "it threw something that is no Error";
}
