/** The network over `fetch`, as every runtime has it. */

import { Stopwatch } from "./alarm.js";
import { broken, joined, late, REDIRECT, tooLarge } from "./transport.js";
import type { Broken, Exchange, Outgoing, Receiver, Transport } from "./transport.js";
import { inPage, runtimeName } from "./place.js";
import { current } from "./runtime.js";

/** Anything that behaves like `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Sends requests by `fetch`. */
export class FetchTransport implements Transport {
  readonly #fetch: Fetch;
  /** What all requests have in common. */
  readonly #fixed: RequestInit;

  /** @internal */
  constructor(fetch: Fetch, credentials: RequestCredentials | undefined) {
    this.#fetch = fetch;
    // Node copies every request in case that it is redirected, but for one that may not be and has no window to ask.
    this.#fixed = runtimeName().startsWith("node/") ? { redirect: "error", window: null } : { redirect: "manual" };
    if (credentials) this.#fixed.credentials = credentials;
  }

  send(request: Outgoing, to: Receiver): Exchange {
    const exchange = new FetchExchange(request, to);
    exchange.start(this.#fetch, this.#fixed);
    return exchange;
  }

  close(): void {
    // The runtime owns the connections.
  }
}

class FetchExchange implements Exchange {
  readonly #request: Outgoing;
  readonly #to: Receiver;
  readonly #controller = new AbortController();
  readonly #watch: Stopwatch;
  #status = 0;
  #over = false;
  #late = false;

  constructor(request: Outgoing, to: Receiver) {
    this.#request = request;
    this.#to = to;
    const end = (): void => {
      this.#late = true;
      this.#controller.abort();
    };
    this.#watch = new Stopwatch(request.patience, end);
  }

  start(fetch: Fetch, fixed: RequestInit): void {
    const { method, body } = this.#request;
    if (body && (method === "GET" || method === "HEAD")) queueMicrotask(() => this.#broke(refused(method)));
    else if (body && typeof body !== "string" && !(body instanceof Uint8Array))
      this.#collected(body).then((whole) => this.#send(fetch, fixed, whole), this.#broke);
    else this.#send(fetch, fixed, body as BodyInit | undefined);
  }

  abort(): void {
    this.#over = true;
    this.#watch.stop();
    this.#controller.abort();
  }

  #send(fetch: Fetch, fixed: RequestInit, body: BodyInit | undefined): void {
    const { method, url, together } = this.#request;
    const init: RequestInit = { method, headers: this.#headers(), signal: this.#controller.signal, ...fixed };
    if (body) init.body = body;
    const answered = this.#orBroken((response: Response) => this.#answered(response));
    try {
      fetch(url, init).then(together ? (response) => together(() => answered(response)) : answered, this.#broke);
    } catch (thrown) {
      // One of the caller's own may throw at once.
      queueMicrotask(() => this.#broke(thrown));
    }
  }

  /** Does something with what came; what it throws ends the request. A `catch` behind each promise would cost one more of them. */
  #orBroken<T>(work: (given: T) => void): (given: T) => void {
    return (given) => {
      try {
        work(given);
      } catch (thrown) {
        this.#broke(thrown);
      }
    };
  }

  #end(tell: () => void): void {
    this.#watch.stop();
    if (this.#over) return;
    this.#over = true;
    tell();
  }

  readonly #broke = (thrown: unknown): void => this.#end(() => this.#to.broken(this.#failure(thrown)));

  #headers(): Record<string, string> {
    const lines = this.#request.headers;
    const headers: Record<string, string> = {};
    for (let at = 0; at < lines.length; at += 2) headers[lines[at]!] = lines[at + 1]!;
    // A page may not set it, and asking to would cost a preflight request.
    if (inPage()) delete headers["User-Agent"];
    return headers;
  }

  /** Streams cannot be sent in every runtime, and never twice: the whole is collected outside the core's memory. */
  async #collected(body: AsyncIterable<Uint8Array>): Promise<Blob> {
    const pieces: BlobPart[] = [];
    try {
      for await (const piece of body) {
        pieces.push(piece as BlobPart);
        this.#watch.moved();
      }
    } catch (thrown) {
      throw broken("source", false, String(thrown));
    }
    return new Blob(pieces);
  }

  #answered(response: Response): void {
    if (response.type === "opaqueredirect") throw broken("broken", true, REDIRECT);
    const { status } = response;
    this.#status = status;
    let headers = "";
    response.headers.forEach((value, name) => (headers += `${name}\n${value}\n`));
    const reader = response.body?.getReader();
    if (this.#request.collect >= 0) return this.#read(reader, (body) => this.#to.answered(status, headers, body));
    this.#watch.rest();
    if (!this.#over) this.#to.opened(status, headers, () => this.#next(reader));
  }

  /** Piece by piece, so that no more comes than is wanted; a promise of the whole costs more, too. */
  #read(reader: Reader | undefined, tell: (body: Uint8Array) => void): void {
    const pieces: Uint8Array[] = [];
    let size = 0;
    const take = this.#orBroken(({ value }: { value?: Uint8Array | undefined }): void => {
      if (!value || !reader) return this.#end(() => tell(joined(pieces)));
      pieces.push(value);
      size += value.length;
      this.#watch.moved();
      if (size <= this.#request.collect) return more(reader);
      this.#controller.abort();
      throw tooLarge(this.#request.collect);
    });
    const more = (reader: Reader): void => void reader.read().then(take, this.#broke);
    if (reader) more(reader);
    else take({});
  }

  async #next(reader: Reader | undefined): Promise<Uint8Array | undefined> {
    this.#watch.moved();
    let value: Uint8Array | undefined;
    try {
      return (value = (await reader?.read())?.value);
    } catch (thrown) {
      throw this.#failure(thrown);
    } finally {
      if (value) this.#watch.rest();
      else this.#watch.stop();
    }
  }

  #failure(thrown: unknown): Broken {
    if (this.#late) return late(this.#request.patience);
    if (isBroken(thrown)) return thrown;
    return current().failure?.(thrown) ?? broken("broken", true, `the request failed${this.#hint()}`);
  }

  /** A page is not told why a request to another origin failed. */
  #hint(): string {
    const here = inPage() ? globalThis.location?.origin : undefined;
    if (!here || this.#status !== 0 || new URL(this.#request.url, here).origin === here) return "";
    return ": the host cannot be reached, or it does not allow requests from pages of this origin (CORS); use a proxy on the page's own host";
  }
}

function refused(method: string): Broken {
  return broken(
    "source",
    false,
    `fetch sends no ${method} with a body; make this call in Node, Deno or Bun, and without the option fetch`,
  );
}

function isBroken(thrown: unknown): thrown is Broken {
  return typeof (thrown as Partial<Broken> | null | undefined)?.sent === "boolean";
}
