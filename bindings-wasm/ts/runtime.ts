/** The one instance of the core that a program has, and how this runtime comes by it. */

import { LarkError } from "./errors.js";
import type { Download } from "./download.js";
import type { Wasm } from "./wasm.js";
import type { Transport } from "./transport.js";

/** What an entry of the package knows of its runtime. */
export interface Runtime {
  /** Instantiates the core: at once where the runtime can. */
  load(): Wasm | Promise<Wasm>;
  /** Whether that is a download, which waits for the first call. */
  later?: boolean;
  /** What the runtime has instead of `fetch`. */
  transport?(options: TransportOptions): Transport;
  /** Writes a download to a file. */
  save?(download: Download, path: string): Promise<void>;
}

/** The options of a client that only its transport reads. */
export interface TransportOptions {
  proxy?: "env" | "none" | (string & {}) | undefined;
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
}

/** What ends when the core gives up. */
export interface Endangered {
  perish(error: LarkError): void;
}

let runtime: Runtime | undefined;
let wasm: Wasm | undefined;
let loading: Promise<Wasm> | undefined;
let dead: LarkError | undefined;
const endangered = new Set<Endangered>();

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
export function ready(): Wasm | Promise<Wasm> {
  return wasm ?? load();
}

/** The core, if it is there or can be had without a download. */
export function peek(): Wasm | undefined {
  if (wasm || current().later) return wasm;
  const found = load();
  return found instanceof Promise ? undefined : found;
}

/** The core; an error where it is still to be downloaded. */
export function demand(what: string): Wasm {
  const found = peek();
  if (found) return found;
  throw new LarkError(`${what} needs the core, which this page has not loaded yet; make a call first, or await preload()`);
}

/** Runs something in the core; if the core gives up, so does everything that waits for it. */
export function guarded<T>(work: () => T): T {
  if (dead) throw dead;
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) throw perish(thrown);
    throw thrown;
  }
}

/** The same where the runtime itself enters the core, so that nobody takes the error. */
export function entered<T>(work: () => T): T | undefined {
  try {
    return guarded(work);
  } catch (thrown) {
    if (thrown !== dead) throw thrown;
    return undefined;
  }
}

/** Has it told when the core gives up. */
export function watch(flight: Endangered): void {
  endangered.add(flight);
}

/** It has come to its end by itself. */
export function unwatch(flight: Endangered): void {
  endangered.delete(flight);
}

function load(): Wasm | Promise<Wasm> {
  if (dead) throw dead;
  if (loading) return loading;
  const found = current().load();
  if (!(found instanceof Promise)) return arrived(found);
  loading = found.then(arrived).finally(() => (loading = undefined));
  return loading;
}

function arrived(found: Wasm): Wasm {
  wasm = found;
  return found;
}

function perish({ message, stack }: Error): LarkError {
  const place = /wasm-function\[\d+\][\w:]*/.exec(stack ?? "")?.[0] ?? "an unknown place";
  dead ??= new LarkError(`larkspur's core gave up (${message} in ${place}); restart the program, and please report this`);
  for (const flight of [...endangered]) flight.perish(dead);
  endangered.clear();
  return dead;
}
