/** Where tokens are kept outside of a client. */

import { ConfigError } from "../errors.js";
import { lineOf } from "../platform.js";

/** The store's own name for one value; it never comes back for another one, not even after the store was emptied. */
export type Version = string | number;

/** What a store has under a key. */
export interface Stored {
  /** What `swap` was given. */
  bytes: Uint8Array;
  version: Version;
}

/**
 * Keeps tokens for all clients that share it. Both methods may be asynchronous; one that throws, or gives no answer within five seconds,
 * is told to `onStoreFailed`, and the client goes on without it.
 */
export interface TokenStore {
  /** What lies under the key; undefined or null for nothing. */
  load(key: string): Stored | undefined | null | Promise<Stored | undefined | null>;
  /**
   * Puts `bytes` in the place of the value with the version `expected`, in one step, and returns whether it did. Undefined means that there
   * must be nothing under the key. After `ttl` milliseconds the value is of no use.
   */
  swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): boolean | Promise<boolean>;
}

/** By this name a store gives what `load` gives, and what time it has itself. */
export const PACE: unique symbol = Symbol.for("larkspur.pace") as never;

/** What a store has under a key, and its own time in milliseconds since 1970. */
export interface Timed {
  found: Stored | undefined;
  time: number;
}

/** A store with a clock, through which a fleet keeps the platform's rates together: a `RedisStore` of `larkspur/stores`. */
export interface PacingStore extends TokenStore {
  readonly [PACE]: (key: string) => Promise<Timed>;
}

/** Which store failed. */
export type StoreName = "token store" | "pacing store";

/** Keeps tokens in this process, for all clients that it is given to. A client without a store keeps them for itself. */
export class MemoryStore implements TokenStore {
  readonly #entries = new Map<string, Stored & { until: number }>();
  #version = 0;

  load(key: string): Stored | undefined {
    const found = this.#entries.get(key);
    if (!found || found.until > Date.now()) return found && { bytes: found.bytes, version: found.version };
    this.#entries.delete(key);
    return undefined;
  }

  swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): boolean {
    if (this.load(key)?.version !== expected) return false;
    this.#entries.set(key, { bytes, version: ++this.#version, until: Date.now() + ttl });
    return true;
  }
}

/** What the core asks a store. */
export interface StoreQuestion {
  kind: "load" | "swap" | "load_pace" | "swap_pace";
  key: string;
  expected?: string;
  value: string;
  ttl: number;
  /** How many milliseconds an answer is worth waiting for. */
  patience: number;
}

/** What the core is told: an export of it, and what it takes. */
export type StoreAnswer = [name: string, numbers: number[], ...parts: string[]];

/** Refuses what is no store. */
export function checkStore(store: TokenStore | undefined): void {
  if (store === undefined || (typeof store?.load === "function" && typeof store.swap === "function")) return;
  throw new ConfigError(
    `tokenStore is ${kindOf(store)}; pass an object with load and swap, or new FileStore(path) of larkspur/stores`,
  );
}

/** Whether calls are paced, if that is said, and whether over a store, as the core reads it. Refuses what cannot pace. */
export function paced(pacing: boolean | PacingStore | undefined): { pacing: boolean | undefined; hasPacingStore: boolean } {
  if (pacing === undefined || typeof pacing === "boolean") return { pacing, hasPacingStore: false };
  if (typeof pacing?.[PACE] === "function") return { pacing: true, hasPacingStore: true };
  const what = typeof (pacing as TokenStore | null)?.load === "function" ? "a store without a clock for all" : kindOf(pacing);
  throw new ConfigError(`pacing is ${what}; pass true, false or new RedisStore(run) of larkspur/stores`);
}

/** Asks a store; what it does wrong is an answer too. */
export async function askStore(store: TokenStore, question: StoreQuestion): Promise<StoreAnswer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<StoreAnswer>((resolve) => {
    timer = setTimeout(() => resolve(failed("it gave no answer in time")), question.patience);
  });
  try {
    return await Promise.race([asked(store, question), late]);
  } catch (thrown) {
    return failed(covered(lineOf(thrown), question.value));
  } finally {
    clearTimeout(timer);
  }
}

const failed = (reason: string): StoreAnswer => ["withheld", [], reason];

function asked(store: TokenStore, question: StoreQuestion): Promise<StoreAnswer> {
  if (question.kind === "load") return load(store, question);
  return question.kind === "load_pace" ? loadPace(store as PacingStore, question) : swap(store, question);
}

async function loadPace(store: PacingStore, { key }: StoreQuestion): Promise<StoreAnswer> {
  const { found, time } = await store[PACE](key);
  const value = found && textOf(found.bytes);
  return ["loaded_pace", [Number(value !== undefined), time], value ?? "", found ? nameOf(found.version) : ""];
}

async function load(store: TokenStore, { key }: StoreQuestion): Promise<StoreAnswer> {
  const found = await store.load(key);
  if (found === undefined || found === null) return ["loaded", [0], "", ""];
  const { bytes, version } = found;
  if (!(bytes instanceof Uint8Array)) return failed(`load gave ${kindOf(found)} without bytes; give { bytes, version }`);
  if (typeof version !== "string" && !Number.isSafeInteger(version))
    return failed(`load gave ${kindOf(version)} as version; give a string or a whole number`);
  const value = textOf(bytes);
  return value === undefined ? failed("load gave bytes that swap never got") : ["loaded", [1], value, nameOf(version)];
}

async function swap(store: TokenStore, { key, expected, value, ttl }: StoreQuestion): Promise<StoreAnswer> {
  const took = await store.swap(key, versionOf(expected), new TextEncoder().encode(value), ttl);
  return typeof took === "boolean" ? ["swapped", [Number(took)]] : failed(`swap gave ${kindOf(took)}; give true or false`);
}

/** What the core stores is text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A version may be a number or a text; its first letter tells which. */
const nameOf = (version: Version): string => (typeof version === "number" ? "n" : "s") + version;

function versionOf(name: string | undefined): Version | undefined {
  const rest = name?.slice(1);
  return name?.startsWith("n") ? Number(rest) : rest;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

/** A store may quote in its errors what it was given. */
function covered(line: string, value: string | undefined): string {
  const secrets = [...(value ?? "").matchAll(/"((?:[^"\\]|\\.){8,})"/g)].map(([, text]) => text!);
  return secrets.reduce((text, secret) => text.replaceAll(secret, "***"), line);
}
