/** The core as WebAssembly: texts and numbers cross, nothing else. The other half is in `src/exports.rs` and `src/memory.rs`. */

import { fromCore } from "./errors.js";
import { alive, ended } from "./running.js";

/** What a call of the core came to. */
export const NOTHING = 0;
export const SEND = 1;
export const WAIT = 2;
export const ASK = 3;
export const TOLD = 4;
export const FAILED = 5;

/** The places of the numbers that the core tells. */
export const READY = 2;
export const MADE = 3;
export const BODY = 4;
export const BODY_LENGTH = 5;
export const CONNECT = 6;
export const TIMEOUT = 7;
export const IDLE = 8;
export const TOTAL = 9;
export const COLLECT = 10;
export const ATTEMPT = 11;
export const SPAN = 12;
export const RATE_LIMIT = 13;
export const WHOLE_WAIT = 14;
const TEXT = 0;
const LENGTH = 1;
const CELLS = 15;

/** What of a call besides its data is wanted: all of the reply; that its answer is a file. */
export const WHOLE = 1;
export const FILE = 2;

type Part = string | Uint8Array;
type Exports = Record<string, (...numbers: number[]) => number> & { memory: WebAssembly.Memory };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** An instance of the core. */
export class Core {
  readonly #wasm: Exports;
  #bytes = new Uint8Array();
  #cells = new Float64Array();

  /** @internal */
  constructor(module: WebAssembly.Module) {
    this.#wasm = new WebAssembly.Instance(module).exports as never;
  }

  /** Calls an export; the texts are written where it reads them, and their lengths are its last arguments: `numbers` is theirs to grow. */
  run(name: string, numbers: number[] = [], ...parts: Part[]): number {
    alive();
    try {
      this.#write(parts, numbers);
      return this.#wasm[name]!(...numbers);
    } catch (thrown) {
      throw ended(thrown);
    }
  }

  /** The same for what tells a text. @throws the error that is told instead. */
  tell(name: string, numbers?: number[], ...parts: Part[]): string {
    return this.#unlessFailed(this.run(name, numbers, ...parts)) === NOTHING ? "" : this.text();
  }

  /** The same for what makes something: its number. @throws the error that is told instead. */
  make(name: string, numbers?: number[], ...parts: Part[]): number {
    this.#unlessFailed(this.run(name, numbers, ...parts));
    return this.cell(MADE);
  }

  /** A number that was told. */
  cell(place: number): number {
    if (this.#cells.length === 0) this.#cells = new Float64Array(this.#wasm.memory.buffer, this.#wasm.cells!(), CELLS);
    return this.#cells[place]!;
  }

  /** The text that was told. */
  text(): string {
    return decoder.decode(this.#told());
  }

  /** The bytes that were told. */
  bytes(): Uint8Array {
    return this.#told().slice();
  }

  /** Some text of the core's memory. */
  read(from: number, length: number): string {
    return decoder.decode(this.#memory().subarray(from, from + length));
  }

  /** Some bytes of the core's memory. */
  copy(from: number, length: number): Uint8Array {
    return this.#memory().slice(from, from + length);
  }

  #told(): Uint8Array {
    const start = this.cell(TEXT);
    return this.#memory().subarray(start, start + this.cell(LENGTH));
  }

  #unlessFailed(kind: number): number {
    if (kind === FAILED) throw fromCore(this.text());
    return kind;
  }

  /** Writes the parts one after the other, and their lengths behind the numbers. */
  #write(parts: Part[], numbers: number[]): void {
    if (parts.length === 0) return;
    let room = 0;
    // A letter takes three bytes at most.
    for (const part of parts) room += typeof part === "string" ? part.length * 3 : part.length;
    let end = this.#wasm.room!(room) >>> 0;
    const memory = this.#memory();
    for (const part of parts) {
      let length = part.length;
      if (typeof part !== "string") memory.set(part, end);
      else if (length > 0) length = encoder.encodeInto(part, memory.subarray(end)).written;
      end += length;
      numbers.push(length);
    }
  }

  /** The memory, whose views are void once it has grown. */
  #memory(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#wasm.memory.buffer);
    return this.#bytes;
  }
}
