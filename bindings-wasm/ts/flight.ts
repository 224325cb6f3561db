/** Views of a client, and calls under way. */

import { FILE, WHOLE, type Core } from "./core.js";
import type { Pipe } from "./download.js";
import type { FileSource } from "./files.js";
import { entropy } from "./entropy.js";
import { closed, Machine, type Shared } from "./machine.js";
import { peek, ready } from "./runtime.js";

/** A client or a view of one: its counterpart in the core is made as soon as there is a core. */
export class View {
  readonly shared: Shared;
  readonly #make: (core: Core) => number;
  #number = 0;

  constructor(shared: Shared, make: (core: Core) => number) {
    this.shared = shared;
    this.#make = make;
    const core = peek();
    if (core) this.number(core);
  }

  /** The number of the counterpart. */
  number(core: Core): number {
    if (!this.#number) {
      this.#number = this.#make(core);
      gone.register(this, [core, this.#number]);
    }
    return this.#number;
  }

  /** App id, base URL and identity, if the counterpart is there. */
  facts(): string[] | undefined {
    const core = this.#number ? peek() : undefined;
    return core?.tell("facts", [this.#number]).split("\n");
  }

  /** A view of this one. */
  view(name: string, ...parts: string[]): View {
    return new View(this.shared, (core) => core.make(name, [this.number(core)], ...parts));
  }
}

/** What nobody holds any more is forgotten in the core. */
export const gone = new FinalizationRegistry<[core: Core, number: number]>(([core, number]) => core.run("forget", [number]));

/** A call as the core takes it. */
export interface Begin {
  /** The operation's number; zero for a path. */
  operation: number;
  text: string;
  /** The options as JSON; empty for none. */
  options: string;
  files: FileSource[];
}

/** What goes with a call. */
export interface Luggage {
  signal?: AbortSignal | undefined;
  /** Of the wrapper's own: the reader of what comes has gone. */
  left?: AbortSignal;
  files?: FileSource[];
  pipe?: Pipe;
}

/** An export that starts a call, and what it takes. */
type Start = [name: string, numbers: number[], ...parts: (string | Uint8Array)[]];

/** Starts a call in the core once there is one; the promise is that of its end, as `read` understands what it tells. */
export function launch<T>(
  view: View,
  luggage: Luggage,
  begin: (core: Core) => Start,
  read: (text: string | undefined) => T,
): Promise<T> {
  for (const signal of [luggage.signal, luggage.left]) if (signal?.aborted) return Promise.reject(signal.reason);
  if (view.shared.closed) return Promise.reject(closed());
  const core = ready();
  if (core instanceof Promise) return core.then(() => launch(view, luggage, begin, read));
  return new Promise((resolve, reject) => {
    new Flight(core, view.shared, luggage, (text) => resolve(read(text)), reject).start(...begin(core));
  });
}

/** How a call is started. */
export function started(
  view: View,
  core: Core,
  { operation, text, options, files }: Begin,
  whole: boolean,
  file: boolean,
): Start {
  const mode = (whole ? WHOLE : 0) | (file ? FILE : 0);
  return ["start", [view.number(core), operation, mode], entropy(), text, options, ...listed(files)];
}

/** The list of files, and the bytes of those that are at hand. */
export function listed(files: FileSource[]): (string | Uint8Array)[] {
  if (files.length === 0) return [""];
  const list = files.map(({ bytes, open: _, ...file }) => ({ ...file, bytes: bytes?.length }));
  return [JSON.stringify(list), ...files.flatMap(({ bytes }) => bytes ?? [])];
}

/** A call under way. */
class Flight extends Machine {
  readonly #luggage: Luggage;
  readonly #resolve: (text: string | undefined) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    core: Core,
    shared: Shared,
    luggage: Luggage,
    resolve: (text: string | undefined) => void,
    reject: (reason: unknown) => void,
  ) {
    super(core, shared);
    this.#luggage = luggage;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(...begin: Start): void {
    this.#luggage.signal?.addEventListener("abort", this);
    this.#luggage.left?.addEventListener("abort", this);
    this.step(...begin);
  }

  /** The event of a signal. */
  handleEvent({ target }: Event): void {
    this.perish((target as AbortSignal).reason);
  }

  protected override files(): FileSource[] {
    return this.#luggage.files ?? [];
  }

  protected override pipe(): Pipe | undefined {
    return this.#luggage.pipe;
  }

  protected override landed(text: string | undefined): void {
    this.#unheard();
    try {
      this.#resolve(text);
    } catch (thrown) {
      this.#reject(thrown);
    }
  }

  protected override failed(reason: unknown): void {
    this.#unheard();
    this.#reject(reason);
  }

  #unheard(): void {
    this.#luggage.signal?.removeEventListener("abort", this);
    this.#luggage.left?.removeEventListener("abort", this);
  }
}
