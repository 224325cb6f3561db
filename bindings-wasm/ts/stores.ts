/**
 * Where tokens are kept outside of a program, for Node, Deno and Bun.
 *
 * @module
 */

import { closeSync, fsyncSync, linkSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Stored, TokenStore, Version } from "./server/store.js";

export type { Stored, TokenStore, Version } from "./server/store.js";

/** All that one file holds. */
interface Content {
  /** The names of the last swaps, the newest first, each with the number of its file. */
  trail: [number: number, name: string][];
  entries: Record<string, { version: number; /** In milliseconds since 1970. */ until: number; value: string }>;
}

/** So many files are kept: a reader that is slow may still be at an older one. */
const KEPT = 4;
/** So many swaps are remembered, in which a slow writer finds its own. */
const TRAIL = 256;
/** A swap that is overtaken so often will hardly ever win. */
const MOST_TRIES = 200;

/**
 * Keeps tokens in files that only their owner can read; all Node, Deno and Bun processes of a machine may share them.
 *
 * Each swap writes a new file, `NAME.1700000000001` and so on: it gets its number in one step and only if nobody else has got it, so that
 * no file is ever half written, no swap lost, and no lock left behind by a process that was killed. The newest few are kept. The folder
 * must be there, on a disk of this machine.
 */
export class FileStore implements TokenStore {
  /** The name before the numbers. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  load(key: string): Stored | undefined {
    const entry = this.#newest().entries[key];
    return entry && entry.until > Date.now() ? { bytes: Buffer.from(entry.value), version: entry.version } : undefined;
  }

  swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): boolean {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { trail, entries } = this.#newest();
      const now = Date.now();
      const alive = Object.fromEntries(Object.entries(entries).filter(([, entry]) => entry.until > now));
      if (alive[key]?.version !== expected) return false;
      // Begun from the clock, so that no number comes back after the files were removed.
      const [next, name] = [(trail[0]?.[0] ?? now) + 1, crypto.randomUUID().slice(0, 8)];
      alive[key] = { version: next, until: now + ttl, value: Buffer.from(bytes).toString() };
      if (this.#write(next, name, { trail: [[next, name] as [number, string], ...trail].slice(0, TRAIL), entries: alive }))
        return true;
    }
    throw new Error(`${this.path} is written too often by others`);
  }

  /** The content with the highest number; that file is never removed. */
  #newest(): Content {
    for (;;) {
      // A look that others overtake might see none.
      const number = this.#numbers()[0] ?? this.#numbers()[0];
      if (number === undefined) return { trail: [], entries: {} };
      try {
        return read(this.#file(number));
      } catch (thrown) {
        // Others have gone on meanwhile.
        if (!hasCode(thrown, "ENOENT")) throw thrown;
      }
    }
  }

  /** Writes the file with this number, if nobody else has; says whether what comes now is built on it. */
  #write(number: number, name: string, content: Content): boolean {
    const draft = `${this.path}.${number}.${name}.new`;
    save(draft, JSON.stringify(content));
    try {
      // Unlike a renaming, a link never takes the place of a file that is there.
      linkSync(draft, this.#file(number));
    } catch (thrown) {
      if (hasCode(thrown, "EEXIST")) return false;
      throw thrown;
    } finally {
      unlinkSync(draft);
    }
    sync(dirname(this.path));
    this.#drop(this.#numbers().slice(KEPT));
    const { trail } = this.#newest();
    if (trail.some(([, found]) => found === name)) return true;
    // The number was free again because it was old.
    this.#drop([number]);
    if ((trail.at(-1)?.[0] ?? 0) > number) throw new Error(`${this.path} was written too often meanwhile`);
    return false;
  }

  /** The highest first. */
  #numbers(): number[] {
    const prefix = `${basename(this.path)}.`;
    const names = readdirSync(dirname(this.path)).filter((name) => name.startsWith(prefix));
    const ends = names.map((name) => name.slice(prefix.length)).filter((end) => /^\d{1,16}$/.test(end));
    return ends.map(Number).sort((one, other) => other - one);
  }

  #file(number: number): string {
    return `${this.path}.${number}`;
  }

  #drop(numbers: number[]): void {
    for (const number of numbers) {
      try {
        unlinkSync(this.#file(number));
      } catch {
        // Another process was faster.
      }
    }
  }
}

function read(file: string): Content {
  const text = readFileSync(file, "utf8");
  try {
    const content = JSON.parse(text) as Content;
    if (Array.isArray(content.trail) && typeof content.entries === "object") return content;
  } catch {
    // No detail of the parser's: it may quote a value.
  }
  throw new Error(`${file} holds something else than tokens; move it away`);
}

/** Writes a file that nobody else may read and that outlives a power cut. */
function save(file: string, text: string): void {
  const handle = openSync(file, "wx", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a new name in a folder outlive a power cut, where the system can. */
function sync(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}

function hasCode(thrown: unknown, code: string): boolean {
  return (thrown as { code?: unknown } | undefined)?.code === code;
}
