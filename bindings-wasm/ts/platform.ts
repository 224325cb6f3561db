/** What the core asks of the runtime and of the caller's functions, for one client. */

import { FetchTransport, type Fetch } from "./fetch.js";
import { inPage } from "./place.js";
import type { ClientOptions, Hooks, TokenWanted } from "./options.js";
import { current } from "./runtime.js";
import type { Exchange, Outgoing, Receiver, Transport } from "./transport.js";

/** What a token provider gave, or why it gave nothing. */
export interface TokenGiven {
  token: string;
  expiresAt?: number | undefined;
  failed?: string;
}

/** What the core asks for; an assertion is for an audience. */
export interface Question extends TokenWanted {
  audience?: string | null;
}

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

  async token({ audience, ...wanted }: Question): Promise<TokenGiven> {
    try {
      const { tokenProvider, clientAssertion } = this.#options;
      const given = await (audience ? clientAssertion?.(audience) : tokenProvider?.(wanted));
      if (typeof given === "string") return { token: given };
      if (typeof given?.token !== "string") return failed(`it gave ${typeof given} instead of a token`);
      const { token, expiresAt } = given;
      return { token, expiresAt: expiresAt === undefined ? undefined : Number(expiresAt) };
    } catch (thrown) {
      return failed(
        thrown instanceof Error ? (thrown.message.split("\n")[0] ?? thrown.name) : "it threw something that is no Error",
      );
    }
  }

  /** Tells a hook. */
  tell<H extends keyof Hooks>(hook: H, event: Parameters<NonNullable<Hooks[H]>>[0]): void {
    try {
      this.#options[hook]?.(event as never);
    } catch {
      // A hook that throws must not change what a call does.
    }
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

function failed(reason: string): TokenGiven {
  return { token: "", failed: reason };
}
