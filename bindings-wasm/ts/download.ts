/** Files that come down. */

import { COLLECT, NOTHING, SPAN, type Core } from "./core.js";
import { LarkError } from "./errors.js";
import { tell, type Progress } from "./options.js";
import { current } from "./runtime.js";
import { broken, joined, tooLarge, type Broken } from "./transport.js";

/** How many bytes may wait for the reader before the connection is held. */
const ROOM = 1 << 20;

/** A file that comes down: read it once, as a whole, piece by piece, or into a file. */
export class Download implements AsyncIterable<Uint8Array> {
  /** The name the platform gives it, safe to save under. */
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  /** The whole size in bytes, if it is known. */
  readonly size: number | undefined;
  readonly status: number;
  /** The headers of the answer, by their names in lower case. */
  readonly headers: Record<string, string>;
  readonly logId: string | undefined;
  readonly #pipe: Pipe;

  /** @internal */
  constructor(pipe: Pipe, status: number, facts: Facts) {
    this.#pipe = pipe;
    this.status = status;
    this.headers = facts.headers;
    this.fileName = facts.file_name ?? undefined;
    this.contentType = facts.headers["content-type"];
    this.logId = facts.log_id ?? undefined;
    this.size = sizeOf(status, facts.headers);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await this.#pipe.read(); chunk; chunk = await this.#pipe.read()) yield chunk;
    } finally {
      this.close();
    }
  }

  /** The whole file. */
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const chunk of this) pieces.push(chunk);
    return joined(pieces);
  }

  /** The whole file as text (UTF-8). */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /** The file as a web stream. */
  stream(): ReadableStream<Uint8Array> {
    const chunks = this[Symbol.asyncIterator]();
    return new ReadableStream({
      async pull(controller) {
        const step = await chunks.next();
        if (step.done) controller.close();
        else controller.enqueue(step.value);
      },
      cancel: () => this.close(),
    });
  }

  /** Writes the file to a path; what stood there is replaced when all of it has come. */
  async save(path: string): Promise<void> {
    const save = current().save;
    if (!save) throw new LarkError("save: this runtime has no files; use bytes() or stream()");
    await save(this, path);
  }

  /** Ends the download. */
  close(): void {
    this.#pipe.close();
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

/** What the core knows of a file before its bytes come. */
interface Facts {
  file_name: string | null;
  log_id: string | null;
  headers: Record<string, string>;
}

/** Between the connection, which writes, and the reader. */
export class Pipe {
  /** Ends the call. */
  readonly abort = new AbortController();
  readonly #opened: (download: Download) => void;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #done = 0;
  #total: number | undefined;
  #skip = 0;
  #started = false;
  #end: { error?: unknown } | undefined;
  #closed = false;
  #wake: (() => void) | undefined;
  #room: { make: () => void; refuse: (reason: unknown) => void } | undefined;

  constructor(opened: (download: Download) => void, onProgress: ((progress: Progress) => void) | undefined) {
    this.#opened = opened;
    this.#onProgress = onProgress;
  }

  /** An answer begins, whose first byte is number `offset` of the file. */
  start(status: number, facts: string, offset: number): void {
    // A server that does not resume begins anew: what has been handed out is skipped.
    this.#skip = Math.max(this.#done - offset, 0);
    if (this.#started) return;
    this.#started = true;
    const download = new Download(this, status, JSON.parse(facts) as Facts);
    this.#total = download.size;
    this.#opened(download);
  }

  /** Takes bytes, and gives a promise if there is no more room. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const fresh = chunk.subarray(Math.min(this.#skip, chunk.length));
    this.#skip -= chunk.length - fresh.length;
    if (fresh.length === 0) return undefined;
    this.#chunks.push(fresh);
    this.#size += fresh.length;
    this.#done += fresh.length;
    tell(() => this.#onProgress?.({ done: this.#done, total: this.#total }));
    this.#wake?.();
    if (this.#size < ROOM) return undefined;
    return new Promise((make, refuse) => (this.#room = { make, refuse }));
  }

  /** The call has come to its end. */
  finish(error?: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#closed) throw new LarkError("the file has been read or closed; make the call again");
      if (this.#end) {
        if (this.#end.error !== undefined) throw this.#end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    const chunk = this.#chunks.shift() as Uint8Array;
    this.#size -= chunk.length;
    if (this.#size < ROOM) this.#room?.make();
    return chunk;
  }

  close(): void {
    if (!this.#end) this.abort.abort(new LarkError("the download was closed"));
    this.#closed = true;
    this.finish();
    this.#chunks.length = 0;
  }
}

/** The answer to the request of a machine that wants a file. */
export interface Opened {
  core: Core;
  number: number;
  pipe: Pipe | undefined;
  status: number;
  headers: string;
  next: () => Promise<Uint8Array | undefined>;
}

/** Hands a file to its pipe: how many bytes there were, or the body of an answer that is no file. @throws what broke, and after how many bytes. */
export async function pour({ core, number, pipe, status, headers, next }: Opened): Promise<number | Uint8Array> {
  const isFile = core.run("head", [number, status], headers) !== NOTHING;
  const [limit, offset, facts] = [core.cell(COLLECT), core.cell(SPAN), core.text()];
  const pieces: Uint8Array[] = [];
  let size = 0;
  // A file may be JSON too: only what is no error goes to the pipe.
  const looked = !isFile || limit > 0;
  if (looked) {
    let piece;
    while (size <= limit && (piece = await next())) {
      pieces.push(piece);
      size += piece.length;
    }
    if (!isFile && size > limit) throw tooLarge(limit);
    const whole = joined(pieces);
    if (!isFile || (size <= limit && core.run("is_error", [], whole))) return whole;
  }
  pipe?.start(status, facts, offset);
  let received = 0;
  const take = async (piece: Uint8Array): Promise<void> => {
    received += piece.length;
    await pipe?.write(piece)?.catch(() => {
      throw broken("sink", true, "the download was closed");
    });
  };
  try {
    for (const piece of pieces) await take(piece);
    for (let piece = await next(); piece; piece = await next()) await take(piece);
    return received;
  } catch (thrown) {
    throw { ...(thrown as Broken), received };
  }
}

function sizeOf(status: number, headers: Record<string, string>): number | undefined {
  if (headers["content-encoding"]) return undefined;
  const text = status === 206 ? headers["content-range"]?.split("/")[1] : headers["content-length"];
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}
