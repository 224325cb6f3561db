import { Refusal } from "./answer.js";

/** The body of a page's request. */
export interface Body {
  /** The body for one attempt; a stream can be opened once. */
  open(): BodyInit | null;
  /** Whether it can be sent again. */
  isRepeatable: boolean;
}

/** Takes a body of at most `limit` bytes: JSON is kept, so that it can be sent again, and files are passed on as they come. */
export async function boundedBody(request: Request, limit: number): Promise<Body> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  if (request.body === null || request.method === "GET" || request.method === "HEAD")
    return { open: () => null, isRepeatable: true };
  const bounded = request.body.pipeThrough(bound(limit));
  if (/^multipart\/|^application\/octet-stream/i.test(request.headers.get("content-type") ?? "")) {
    return { open: () => bounded, isRepeatable: false };
  }
  const bytes = await new Response(bounded).arrayBuffer();
  return { open: () => bytes, isRepeatable: true };
}

/** The beginning of an answer, and the answer as if nothing had been read. */
export interface First {
  bytes: Uint8Array;
  /** Whether the bytes are all there is. */
  isWhole: boolean;
  answer: Response;
}

/** A refusal of the platform fits into so many bytes; longer answers are passed on as they come. */
const REFUSAL_SIZE = 16 * 1024;

/** Reads an answer until it ends or is longer than any refusal. */
export async function firstBytes(answer: Response): Promise<First> {
  const chunks: Uint8Array[] = [];
  const reader = answer.body?.getReader();
  let isWhole = reader === undefined;
  for (let size = 0; reader && size <= REFUSAL_SIZE;) {
    const { done, value } = await reader.read();
    isWhole = done;
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  const body = new ReadableStream<Uint8Array>({
    start: (sink) => chunks.forEach((chunk) => sink.enqueue(chunk)),
    pull: (sink) => (isWhole || !reader ? sink.close() : pass(reader, sink)),
    cancel: (reason) => reader?.cancel(reason),
  });
  const isEmpty = chunks.length === 0 && isWhole;
  return {
    bytes: joined(chunks),
    isWhole,
    answer: new Response(isEmpty ? null : body, { status: answer.status, headers: answer.headers }),
  };
}

async function pass(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  sink: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  const { done, value } = await reader.read();
  if (done) sink.close();
  else sink.enqueue(value);
}

function joined(chunks: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  chunks.reduce((at, chunk) => (all.set(chunk, at), at + chunk.length), 0);
  return all;
}

function bound(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, sink) {
      size += chunk.length;
      if (size > limit) sink.error(tooLarge(limit));
      else sink.enqueue(chunk);
    },
  });
}

function tooLarge(limit: number): Refusal {
  return new Refusal(413, `the body is longer than ${limit} bytes; the proxy's maxBody says so`);
}
