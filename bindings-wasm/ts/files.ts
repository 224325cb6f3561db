/** Files to be sent. */

import { ArgumentError } from "./errors.js";
import { tell, type Progress } from "./options.js";

/** What can be sent as a file: bytes, a `Blob` or `File`, a stream, or any of them with a name. */
export type FileInput = FileContent | { name: string; data: FileContent; size?: number };
export type FileContent = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file argument as the core knows it, and how its bytes are read. */
export interface FileSource {
  readonly name: string;
  readonly fileName: string | undefined;
  /** The bytes, where they are at hand. */
  readonly bytes: Uint8Array | undefined;
  readonly length: number | undefined;
  /** Whether it can be read from its beginning again. */
  readonly repeatable: boolean;
  /** Reads it from its beginning; throws a text. */
  open(): AsyncGenerator<Uint8Array>;
}

type Chunks = AsyncIterator<Uint8Array>;

/** Larger ones are read piece by piece, so that the core's memory does not grow by them. */
const AT_HAND = 4 << 20;
const PIECE = 256 << 10;

/** A file argument as the core reads it. */
export function fileSource(name: string, given: unknown, onProgress: ((progress: Progress) => void) | undefined): FileSource {
  const named = isNamed(given) ? given : undefined;
  const data = named ? named.data : given;
  const fileName = named?.name ?? (typeof File !== "undefined" && data instanceof File ? data.name : undefined);
  const content = contentOf(name, data, named?.size);
  const bytes = content.bytes && content.bytes.length <= AT_HAND && !onProgress ? content.bytes : undefined;
  return {
    name,
    fileName,
    bytes,
    length: content.length,
    repeatable: content.repeatable,
    open: () => reading(content, onProgress),
  };
}

interface Content {
  bytes?: Uint8Array;
  length: number | undefined;
  repeatable: boolean;
  chunks(): Chunks;
}

function contentOf(name: string, data: unknown, size: number | undefined): Content {
  if (data instanceof ArrayBuffer) return ofBytes(new Uint8Array(data));
  if (ArrayBuffer.isView(data)) return ofBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (typeof Blob !== "undefined" && data instanceof Blob) {
    return { length: data.size, repeatable: true, chunks: () => ofStream(data.stream()) };
  }
  if (typeof data === "object" && data !== null) {
    if ("getReader" in data)
      return { length: size, repeatable: false, chunks: () => ofStream(data as ReadableStream<Uint8Array>) };
    if (Symbol.asyncIterator in data) {
      return { length: size, repeatable: false, chunks: () => (data as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]() };
    }
  }
  const remedy =
    typeof data === "string"
      ? "pass its bytes: new TextEncoder().encode(text)"
      : "pass a Uint8Array, a Blob, a stream, or {name, data}";
  throw new ArgumentError(`${name} is a ${data === null ? "null" : typeof data}; ${remedy}`);
}

function isNamed(given: unknown): given is { name: string; data: unknown; size?: number } {
  return typeof given === "object" && given !== null && "data" in given && "name" in given;
}

function ofBytes(bytes: Uint8Array): Content {
  return { bytes, length: bytes.length, repeatable: true, chunks: () => pieces(bytes) };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* ofStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
}

async function* reading(content: Content, onProgress: ((progress: Progress) => void) | undefined): AsyncGenerator<Uint8Array> {
  const chunks = content.chunks();
  let done = 0;
  for (;;) {
    const step = await chunks.next().catch((thrown: unknown) => {
      throw `it cannot be read: ${thrown instanceof Error ? thrown.message.split("\n")[0] : "it failed"}`;
    });
    if (step.done ? done < (content.length ?? 0) : done + step.value?.length > (content.length ?? Infinity))
      throw `it has not the ${content.length} bytes that were said`;
    if (step.done) return;
    if (!(step.value instanceof Uint8Array)) throw "it cannot be read: it gives something else than bytes";
    done += step.value.length;
    tell(() => onProgress?.({ done, total: content.length }));
    yield step.value;
  }
}
