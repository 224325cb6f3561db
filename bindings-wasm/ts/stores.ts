/**
 * Where tokens are kept outside of a program, for Node, Deno and Bun.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Stored, TokenStore, Version } from "./server/store.js";
import { Seal } from "./stores/seal.js";

export type { PacingStore, Stored, TokenStore, Version } from "./server/store.js";
export { RedisStore, type RunScript } from "./stores/redis.js";

/** All that one file holds. */
interface Content {
  /** The names of the last swaps, the newest first, each with its number: that of its file, but for the very first, which has file zero. */
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
 * Each swap writes a new file, `NAME.0`, `NAME.1700000000002` and so on: it gets its number in one step and only if nobody else has got it, so that
 * no file is ever half written, no swap lost, and no lock left behind by a process that was killed. The newest few are kept. The folder
 * must be there, on a disk of this machine. With `key`, 32 random bytes, the values are encrypted.
 */
export class FileStore implements TokenStore {
  /** The name before the numbers. */
  readonly path: string;
  readonly #seal: Seal;

  constructor(path: string, { key }: { key?: Uint8Array | undefined } = {}) {
    this.path = path;
    this.#seal = new Seal(key);
  }

  load(key: string): Stored | undefined {
    const entry = this.#newest().entries[key];
    if (!entry || entry.until <= Date.now()) return undefined;
    return { bytes: this.#seal.open(key, entry.value), version: entry.version };
  }

  swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): boolean {
    const value = this.#seal.close(key, bytes);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { trail, entries } = this.#newest();
      const now = Date.now();
      const alive = Object.fromEntries(Object.entries(entries).filter(([, entry]) => entry.until > now));
      if (alive[key]?.version !== expected) return false;
      // Begun from the clock, so that no number comes back after the files were removed.
      const [next, name] = [(trail[0]?.[0] ?? now) + 1, randomUUID().slice(0, 8)];
      alive[key] = { version: next, until: now + ttl, value };
      const content = { trail: [[next, name] as [number, string], ...trail].slice(0, TRAIL), entries: alive };
      // Clocks differ: all who begin at once want the same file.
      if (this.#write(trail.length > 0 ? next : 0, name, content)) return true;
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
      // Somebody else has the number, or has long been beyond it.
      if (hasCode(thrown, "EEXIST") || hasCode(thrown, "ENOENT")) return false;
      throw thrown;
    } finally {
      drop(draft);
    }
    sync(dirname(this.path));
    this.#tidy();
    const { trail } = this.#newest();
    if (trail.some(([, found]) => found === name)) return true;
    // The number was free again because it was old.
    drop(this.#file(number));
    if (trail.length === TRAIL && trail.at(-1)![0] > number) throw new Error(`${this.path} was written too often meanwhile`);
    return false;
  }

  /** Removes what is old, and what processes that were killed have left. */
  #tidy(): void {
    const oldest = this.#numbers()[KEPT - 1] ?? 0;
    const old = this.#ends(/^(\d{1,16})(\.[0-9a-f]{8}\.new)?$/).filter((end) => Number.parseInt(end) < oldest);
    old.forEach((end) => drop(`${this.path}.${end}`));
  }

  /** The highest first. */
  #numbers(): number[] {
    return this.#ends(/^\d{1,16}$/)
      .map(Number)
      .sort((one, other) => other - one);
  }

  /** The ends of the names of files of this kind. */
  #ends(kind: RegExp): string[] {
    const prefix = `${basename(this.path)}.`;
    const names = readdirSync(dirname(this.path)).filter((name) => name.startsWith(prefix));
    return names.map((name) => name.slice(prefix.length)).filter((end) => kind.test(end));
  }

  #file(number: number): string {
    return `${this.path}.${number}`;
  }
}

/** Removes a file that another process may have removed already. */
function drop(file: string): void {
  try {
    unlinkSync(file);
  } catch (thrown) {
    if (!hasCode(thrown, "ENOENT")) throw thrown;
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
    writeFileSync(handle, text);
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
