import type { FakeCall } from "./call.js";

/** What a success has besides its data. */
export interface ReplyOptions {
  headers?: Record<string, string>;
  /** The log id. */
  logId?: string;
}

/** What a failure says. */
export interface Failure {
  /** The platform's code. */
  code: number;
  /** The platform's message; `failed` unless set. */
  msg?: string;
  /** The HTTP status; 400 unless set. */
  status?: number;
  headers?: Record<string, string>;
  logId?: string;
  /** The block of details: `permission_violations`, `field_violations`, `helps`, … */
  error?: Record<string, unknown>;
  data?: unknown;
}

/** Makes the data of an answer out of the call. */
export type Replier = (call: FakeCall) => unknown;

/** The answers of one operation: they are given in their order, and the last one again and again. */
export class Answers {
  #queue: ((call: FakeCall) => Response | Promise<Response>)[] = [];
  #isRoot = false;

  /** @internal Says how its successes look, and adds it to what was said of the operation before. */
  settle(isRoot: boolean, before: Answers | undefined): void {
    this.#isRoot = isRoot;
    if (!before) return;
    before.#queue.push(...this.#queue);
    this.#queue = before.#queue;
  }

  /** Answers with this data; with the bytes of a file if it is a `Uint8Array`; with what a function makes of the call if it is one. */
  reply(data: unknown = {}, options: ReplyOptions = {}): this {
    return this.#add(async (call) => this.#success(typeof data === "function" ? await (data as Replier)(call) : data, options));
  }

  /** Refuses as the platform does. */
  fail(failure: Failure): this {
    const { code, msg = "failed", status = 400, error, data } = failure;
    return this.#add(() => answer(JSON.stringify({ code, msg, error, data }), status, JSON_TYPE, failure));
  }

  /** Breaks the connection before an answer. */
  breaks(reason = "the connection broke"): this {
    return this.#add(() => {
      throw new TypeError(reason);
    });
  }

  /** @internal */
  next(call: FakeCall): Response | Promise<Response> | undefined {
    const make = this.#queue.length > 1 ? this.#queue.shift() : this.#queue[0];
    return make?.(call);
  }

  #add(make: (call: FakeCall) => Response | Promise<Response>): this {
    this.#queue.push(make);
    return this;
  }

  #success(data: unknown, options: ReplyOptions): Response {
    if (data instanceof Uint8Array) return answer(data, 200, "application/octet-stream", options);
    const envelope = this.#isRoot ? { code: 0, msg: "success", ...(data as object) } : { code: 0, msg: "success", data };
    return answer(JSON.stringify(envelope), 200, JSON_TYPE, options);
  }
}

const JSON_TYPE = "application/json; charset=utf-8";

function answer(body: string | Uint8Array, status: number, type: string, { headers, logId }: ReplyOptions): Response {
  const all = new Headers({ "content-type": type, "x-tt-logid": logId ?? "fake-log-id", ...headers });
  return new Response(body as BodyInit, { status, headers: all });
}
