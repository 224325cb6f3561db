/** Tokens in a Redis, through the client that a program has anyway. */

import { randomBytes } from "node:crypto";
import type { Stored, TokenStore, Version } from "../server/store.js";
import { Seal } from "./seal.js";

/**
 * Runs a Lua script in a Redis, as every client for it can. With the package `redis`:
 * `(script, keys, args) => redis.eval(script, { keys, arguments: args })`; with `ioredis`:
 * `(script, keys, args) => redis.eval(script, keys.length, ...keys, ...args)`.
 */
export type RunScript = (script: string, keys: string[], args: string[]) => Promise<unknown>;

const LOAD = "return redis.call('GET', KEYS[1])";

/** Sets a value and its version, if the version there is the expected one or, when the first answer was lost, this very one. */
const SWAP = `
local found = redis.call('GET', KEYS[1])
local version = found and string.match(found, '^[^ ]*') or ''
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return 1`;

/** A hundred years: a Redis refuses what lies beyond its calendar. */
const LONGEST = 100 * 365 * 24 * 3_600_000;

/**
 * Keeps tokens in a Redis, for a fleet of processes on many machines: who finds no token there fetches one for all.
 *
 * Without `key` it shares its tokens with Larkspur in other languages, under the same prefix. With `key`, 32 random bytes, the values are
 * encrypted. A value expires in the Redis when it is of no more use.
 */
export class RedisStore implements TokenStore {
  /** What its keys begin with. */
  readonly prefix: string;
  readonly #run: RunScript;
  readonly #seal: Seal;

  constructor(run: RunScript, { prefix = "larkspur:", key }: { prefix?: string; key?: Uint8Array | undefined } = {}) {
    if (typeof run !== "function")
      throw new TypeError("run is no function; pass (script, keys, args) => redis.eval(script, { keys, arguments: args })");
    this.prefix = prefix;
    this.#run = run;
    this.#seal = new Seal(key);
  }

  async load(key: string): Promise<Stored | undefined> {
    const found = await this.#run(LOAD, [this.prefix + key], []);
    if (found === null || found === undefined) return undefined;
    const [, version, value] = /^([^ ]+) (.*)$/s.exec(String(found)) ?? [];
    if (version === undefined || value === undefined)
      throw new Error("the Redis holds something else than tokens; use another prefix");
    return { bytes: this.#seal.open(key, value), version };
  }

  async swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): Promise<boolean> {
    const life = Math.min(Math.max(Math.ceil(ttl), 1), LONGEST);
    // A version never comes back, not even after the Redis was emptied.
    const version = randomBytes(16).toString("base64url");
    const args = [String(expected ?? ""), version, this.#seal.close(key, bytes), String(life)];
    return Number(await this.#run(SWAP, [this.prefix + key], args)) === 1;
  }
}
