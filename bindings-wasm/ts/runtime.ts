/** The one instance of the core that a program has, and how this runtime comes by it. */

import { LarkError } from "./errors.js";
import { alive } from "./running.js";
import type { Core } from "./core.js";
import type { Broken, Transport } from "./transport.js";

/** What an entry of the package knows of its runtime. */
export interface Runtime {
  /** Instantiates the core: at once where the runtime can. */
  load(): Core | Promise<Core>;
  /** Whether that is a download, which waits for the first call. */
  later?: boolean;
  /** Instantiates what makes messages to send, where that is a download of its own. */
  messages?(): Core | Promise<Core>;
  /** Whether a request ends what it began, so that no other one may wait for a token that it fetches. */
  alone?: boolean;
  /** What the runtime has instead of `fetch`. */
  transport?(options: TransportOptions): Transport;
  /** Rings after so many milliseconds, where that is cheaper than a timer for each call; not where a request ends what it began. */
  alarm?(milliseconds: number, ring: () => void): Alarm;
  /** What a system's error means, where the runtime shows one. */
  failure?(thrown: unknown): Broken | undefined;
  /** Does at the end of the event loop's turn what has come in it, where that is cheaper. */
  together?(work: () => void): void;
  /** Writes the pieces of a download to a file. */
  save?(pieces: AsyncIterable<Uint8Array>, path: string): Promise<void>;
}

/** Rings once, unless it is stopped before. */
export interface Alarm {
  stop(): void;
}

/** The options of a client that only its transport reads. */
export interface TransportOptions {
  proxy?: "env" | "none" | (string & {}) | undefined;
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
}

let runtime: Runtime | undefined;
let core: Core | undefined;
let loading: Promise<Core> | undefined;
let maker: Core | undefined;
let making: Promise<Core> | undefined;

/** Says how the core is loaded; an entry of the package does so once. */
export function provide(given: Runtime): void {
  runtime = given;
}

/** The runtime, once an entry has said which it is. */
export function current(): Runtime {
  if (!runtime) throw new LarkError("the core is not loaded; call init() of larkspur/slim first");
  return runtime;
}

/** The core, at once or when it has been loaded. */
export function ready(): Core | Promise<Core> {
  const found = core ?? load();
  return making ? Promise.all([found, making]).then(ready) : found;
}

/** What makes messages to send; where that is still to be downloaded, it is from now on, and calls wait for it. */
export function messages(): Core | undefined {
  const runtime = current();
  if (!runtime.messages) return peek();
  if (maker || making) return maker;
  const found = runtime.messages();
  if (!(found instanceof Promise)) return (maker = found);
  making = found.then((made) => (maker = made)).finally(() => (making = undefined));
  // Whoever calls is told.
  making.catch(() => {});
  return undefined;
}

/** The core, if it is there or can be had without a download. */
export function peek(): Core | undefined {
  if (core || current().later) return core;
  const found = load();
  return found instanceof Promise ? undefined : found;
}

/** The core; an error where it is still to be downloaded. */
export function demand(what: string): Core {
  const found = peek();
  if (found) return found;
  throw new LarkError(`${what} needs the core, which this page has not loaded yet; make a call first, or await preload()`);
}

function load(): Core | Promise<Core> {
  alive();
  if (loading) return loading;
  const found = current().load();
  if (!(found instanceof Promise)) return arrived(found);
  loading = found.then(arrived).finally(() => (loading = undefined));
  return loading;
}

function arrived(found: Core): Core {
  core = found;
  return found;
}
