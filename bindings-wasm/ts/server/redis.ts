/** What is run in a Redis, and what its answers mean: the core knows it, once for all languages. */

import { entropy } from "../entropy.js";
import { demand } from "../runtime.js";

/** A Lua script with what it is given. */
export interface Script {
  script: string;
  keys: string[];
  args: string[];
}

/** What lies under a key, and the time of the Redis in milliseconds since 1970. */
export interface Found {
  time: number;
  version?: string;
  value?: string;
}

const tell = (name: string, numbers: number[], ...parts: (string | Uint8Array)[]): string =>
  demand("a RedisStore").tell(name, numbers, ...parts);

/** The scripts of a `RedisStore`. */
export const redisScripts = {
  load: (prefix: string, key: string): Script => JSON.parse(tell("redis_load", [], prefix, key)),
  /** @throws for an answer that is not the script's, and where something else lies there. */
  loaded: (answer: string): Found => JSON.parse(tell("redis_loaded", [], answer)),
  swap: (prefix: string, key: string, expected: string, value: string, ttl: number): Script =>
    JSON.parse(tell("redis_swap", [ttl], entropy(), prefix, key, expected, value)),
  /** @throws for an answer that is not the script's. */
  swapped: (answer: string): boolean => tell("redis_swapped", [], answer) === "1",
};
