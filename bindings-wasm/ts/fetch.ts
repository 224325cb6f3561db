/** The network over `fetch`, as every runtime has it. */

import { broken, fromCode, joined, late, Stopwatch, tooLarge } from "./transport.js";
import type { Broken, Exchange, Outgoing, Receiver, Transport } from "./transport.js";
import { inPage } from "./place.js";

/** Anything that behaves like `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Sends requests by `fetch`. */
export class FetchTransport implements Transport {
  readonly #fetch: Fetch;
  readonly #credentials: RequestCredentials | undefined;

  constructor(fetch: Fetch, credentials: RequestCredentials | undefined) {
    this.#fetch = fetch;
    this.#credentials = credentials;
  }

  send(request: Outgoing, to: Receiver): Exchange {
    const exchange = new FetchExchange(request, to);
    exchange.start(this.#fetch, this.#credentials);
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
    this.#watch = new Stopwatch(request.patience, () => {
      this.#late = true;
      this.#controller.abort();
    });
  }

  start(fetch: Fetch, credentials: RequestCredentials | undefined): void {
    this.#sent(fetch, credentials)
      .then((response) => this.#answered(response))
      .catch((thrown: unknown) => this.#end(() => this.#to.broken(this.#failure(thrown))));
  }

  abort(): void {
    this.#over = true;
    this.#watch.stop();
    this.#controller.abort();
  }

  #end(tell: () => void): void {
    this.#watch.stop();
    if (this.#over) return;
    this.#over = true;
    tell();
  }

  async #sent(fetch: Fetch, credentials: RequestCredentials | undefined): Promise<Response> {
    const { method, url, body } = this.#request;
    if (body && (method === "GET" || method === "HEAD")) throw refused(method);
    const init: RequestInit = { method, headers: this.#headers(), redirect: "manual", signal: this.#controller.signal };
    if (body) init.body = (body instanceof Uint8Array ? body : await this.#collected(body)) as BodyInit;
    if (credentials) init.credentials = credentials;
    return fetch(url, init);
  }

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

  async #answered(response: Response): Promise<void> {
    if (response.type === "opaqueredirect") throw broken("broken", true, "the answer is a redirect, which is not followed");
    this.#status = response.status;
    let headers = "";
    response.headers.forEach((value, name) => (headers += `${name}\n${value}\n`));
    if (this.#request.collect < 0) {
      this.#watch.rest();
      const reader = response.body?.getReader();
      if (!this.#over) this.#to.opened(response.status, headers, () => this.#next(reader));
      return;
    }
    const body = await this.#body(response, this.#request.collect);
    this.#end(() => this.#to.answered(response.status, headers, body));
  }

  async #next(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Uint8Array | undefined> {
    this.#watch.moved();
    try {
      const step = await reader?.read();
      if (step && !step.done) return step.value;
      this.#watch.stop();
      return undefined;
    } catch (thrown) {
      this.#watch.stop();
      throw this.#failure(thrown);
    } finally {
      this.#watch.rest();
    }
  }

  /** At once where the length is known and tells the size of what comes; else piece by piece, so that no more comes than is wanted. */
  async #body(response: Response, limit: number): Promise<Uint8Array> {
    const length = response.headers.get("content-length");
    if (length !== null && Number(length) <= limit && !response.headers.has("content-encoding"))
      return new Uint8Array(await response.arrayBuffer());
    const reader = response.body?.getReader();
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
      pieces.push(step.value);
      size += step.value.length;
      this.#watch.moved();
      if (size > limit) {
        this.#controller.abort();
        throw tooLarge(limit);
      }
    }
    return joined(pieces);
  }

  #failure(thrown: unknown): Broken {
    if (this.#late) return late(this.#request.patience);
    if (isBroken(thrown)) return thrown;
    const code = codeOf(thrown);
    if (code) return fromCode(code, true);
    return broken("broken", true, `the request failed${this.#hint()}`);
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
  return typeof thrown === "object" && thrown !== null && "kind" in thrown && "reason" in thrown;
}

function codeOf(thrown: unknown): string | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string") return code;
    if (/connection refused/i.test(error.message)) return "ECONNREFUSED";
  }
  return undefined;
}
