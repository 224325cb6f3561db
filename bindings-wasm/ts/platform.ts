/** What the core asks of the runtime, for one client. */

import { FetchTransport, type Fetch } from "./fetch.js";
import { inPage } from "./place.js";
import type { ClientOptions } from "./options.js";
import { current } from "./runtime.js";
import { bounded, type Transport } from "./transport.js";
import type { Body, Exchange, Platform, Timer, TokenGiven } from "./wasm.js";

/** The platform under a client. */
export class ClientPlatform implements Platform {
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

  wall(): number {
    return Date.now();
  }

  mono(): number {
    return performance.now();
  }

  entropy(buffer: Uint8Array<ArrayBuffer>): void {
    draw(buffer);
  }

  env(name: string): string | undefined {
    if (inPage()) return undefined;
    const process = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process;
    return process?.env?.[name];
  }

  send(
    method: string,
    url: string,
    headers: string,
    body: Body | undefined,
    collect: number,
    connect: number,
    timeout: number,
    idle: boolean,
    total: number,
  ): Exchange {
    this.#transport ??= this.#made();
    return this.#transport.send({
      method,
      url,
      headers,
      body,
      collect,
      connect,
      patience: { timeout, idle, total },
    });
  }

  timer(milliseconds: number): Timer {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, bounded(milliseconds))));
    return { over, clear: () => clearTimeout(timer) };
  }

  async token(kind: "tenant" | "app" | "user", reason: "first" | "expired" | "refused"): Promise<TokenGiven> {
    try {
      const given = await this.#options.tokenProvider?.({ kind, reason });
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

  trace(
    what: string,
    operation: string,
    method: string,
    path: string,
    attempt: number,
    status: number,
    logId: string | undefined,
    milliseconds: number,
    why: string,
  ): void {
    const { onRequest, onResponse, onRetry } = this.#options;
    const event = { operation, method, path, attempt };
    try {
      if (what === "request") onRequest?.(event);
      else if (what === "response")
        onResponse?.({ ...event, status: status < 0 ? undefined : status, logId, took: milliseconds });
      else onRetry?.({ ...event, reason: why as "backoff" | "rate_limit", wait: milliseconds });
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

/** Asking the system costs the same for many bytes as for a few; what has been given out is wiped. */
const drawn = new Uint8Array(4096);
let given = drawn.length;

function draw(buffer: Uint8Array<ArrayBuffer>): void {
  if (given + buffer.length > drawn.length) {
    crypto.getRandomValues(drawn);
    given = 0;
  }
  const end = given + buffer.length;
  buffer.set(drawn.subarray(given, end));
  drawn.fill(0, given, end);
  given = end;
}

function failed(reason: string): TokenGiven {
  return { token: "", failed: reason };
}
