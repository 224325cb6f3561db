/** The network over `fetch`, as every runtime has it. */

import { broken, fromCode, joined, parseHeaders, Stopwatch, tooLarge, type Outgoing, type Transport } from "./transport.js";
import { inPage } from "./place.js";
import type { Body, Broken, Exchange } from "./wasm.js";

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

  send(request: Outgoing): Exchange {
    return new FetchExchange(this.#fetch, request, this.#credentials);
  }

  close(): void {
    // The runtime owns the connections.
  }
}

class FetchExchange implements Exchange {
  readonly answered: Promise<void>;
  status = 0;
  headers = "";
  body: Uint8Array = new Uint8Array();
  readonly #request: Outgoing;
  readonly #controller = new AbortController();
  readonly #watch: Stopwatch;
  #late = false;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(fetch: Fetch, request: Outgoing, credentials: RequestCredentials | undefined) {
    this.#request = request;
    this.#watch = new Stopwatch(request.patience, () => this.#expire());
    this.answered = this.#answer(fetch, credentials).catch((thrown: unknown) => {
      this.#watch.stop();
      throw this.#failure(thrown);
    });
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#watch.moved();
    try {
      const step = await this.#reader?.read();
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

  abort(): void {
    this.#watch.stop();
    this.#controller.abort();
  }

  async #answer(fetch: Fetch, credentials: RequestCredentials | undefined): Promise<void> {
    const { method, url, collect } = this.#request;
    const headers = parseHeaders(this.#request.headers);
    if (this.#request.body && (method === "GET" || method === "HEAD")) throw refused(this.#request.body, method);
    const body = await this.#bodyOf();
    // A page may not set it, and asking to would cost a preflight request.
    if (inPage()) delete headers["User-Agent"];
    const init: RequestInit = { method, headers, redirect: "manual", signal: this.#controller.signal };
    if (body) init.body = body as BodyInit;
    if (credentials) init.credentials = credentials;
    const response = await fetch(url, init);
    if (response.type === "opaqueredirect") throw broken("broken", true, "the answer is a redirect, which is not followed");
    this.status = response.status;
    response.headers.forEach((value, name) => (this.headers += `${name}\n${value}\n`));
    this.#reader = response.body?.getReader();
    if (collect < 0) return this.#watch.rest();
    this.body = await this.#collected(collect);
    this.#watch.stop();
  }

  /** Streams cannot be sent in every runtime, and never twice: the whole is collected outside the core's memory. */
  async #bodyOf(): Promise<Uint8Array | Blob | undefined> {
    const body = this.#request.body;
    if (!body) return undefined;
    try {
      const whole = body.whole();
      if (whole) return whole;
      const pieces: BlobPart[] = [];
      for (let piece = await body.next(); piece; piece = await body.next()) {
        pieces.push(piece as BlobPart);
        this.#watch.moved();
      }
      return new Blob(pieces);
    } catch (thrown) {
      throw broken("source", false, String(thrown));
    } finally {
      body.free();
    }
  }

  async #collected(limit: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (let step = await this.#reader?.read(); step && !step.done; step = await this.#reader?.read()) {
      pieces.push(step.value);
      length += step.value.length;
      this.#watch.moved();
      if (length > limit) {
        this.abort();
        throw tooLarge(limit);
      }
    }
    return joined(pieces);
  }

  #expire(): void {
    this.#late = true;
    this.#controller.abort();
  }

  #failure(thrown: unknown): Broken {
    const { timeout, idle } = this.#request.patience;
    if (this.#late) return broken("timeout", true, idle ? `no byte moved for ${timeout} ms` : `no answer within ${timeout} ms`);
    if (isBroken(thrown)) return thrown;
    const code = codeOf(thrown);
    if (code) return fromCode(code, true);
    return broken("broken", true, `the request failed${this.#hint()}`);
  }

  /** A page is not told why a request to another origin failed. */
  #hint(): string {
    const here = inPage() ? globalThis.location?.origin : undefined;
    if (!here || this.status !== 0 || new URL(this.#request.url, here).origin === here) return "";
    return ": the host cannot be reached, or it does not allow requests from pages of this origin (CORS); use a proxy on the page's own host";
  }
}

function refused(body: Body, method: string): Broken {
  body.free();
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
