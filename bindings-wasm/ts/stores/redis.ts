/** Tokens in a Redis, and the pace of a fleet, through the client that a program has anyway. */

import { redisScripts } from "larkspur";
import type { Script } from "../server/redis.js";
import { PACE, type PacingStore, type Stored, type Timed, type Version } from "../server/store.js";
import { Seal } from "./seal.js";

/**
 * Runs a Lua script in a Redis, as every client for it can. With the package `redis`:
 * `(script, keys, args) => redis.eval(script, { keys, arguments: args })`; with `ioredis`:
 * `(script, keys, args) => redis.eval(script, keys.length, ...keys, ...args)`.
 */
export type RunScript = (script: string, keys: string[], args: string[]) => Promise<unknown>;

/**
 * Keeps tokens in a Redis, for a fleet of processes on many machines: who finds no token there fetches one for all. As `pacing` of a client
 * it lets the fleet keep the platform's rates together.
 *
 * It shares what it holds with Larkspur in other languages, under the same prefix and key. With `key`, 32 random bytes, the values are
 * encrypted. A value expires in the Redis when it is of no more use.
 */
export class RedisStore implements PacingStore {
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
    return (await this[PACE](key)).found;
  }

  /** What lies there, and the time of the Redis: what pacing needs besides. */
  async [PACE](key: string): Promise<Timed> {
    const answer = await this.#ask(redisScripts.load(this.prefix, key));
    const { time, version, value } = redisScripts.loaded(answer);
    if (version === undefined || value === undefined) return { found: undefined, time };
    return { found: { bytes: this.#seal.open(key, value), version }, time };
  }

  async swap(key: string, expected: Version | undefined, bytes: Uint8Array, ttl: number): Promise<boolean> {
    const value = this.#seal.close(key, bytes);
    return redisScripts.swapped(await this.#ask(redisScripts.swap(this.prefix, key, String(expected ?? ""), value, ttl)));
  }

  /** Clients give texts as text or as bytes. */
  async #ask({ script, keys, args }: Script): Promise<string> {
    return String(await this.#run(script, keys, args));
  }
}
