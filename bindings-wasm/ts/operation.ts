/** Operations, and the tree of names above them. */

import type { Core } from "./core.js";
import { Download, Pipe } from "./download.js";
import { entropy } from "./entropy.js";
import { ArgumentError } from "./errors.js";
import { fileSource, type FileSource } from "./files.js";
import { gone, launch, listed, started, type Begin, type View } from "./flight.js";
import { decode, encode } from "./json.js";
import { callText, misplaced, type CallOptions } from "./options.js";
import { peek, ready } from "./runtime.js";

/** The whole of an answer. */
export interface Reply<T = unknown> {
  data: T;
  status: number;
  /** The platform's code: zero. */
  code: number;
  msg: string;
  logId: string | undefined;
  /** By their names in lower case. */
  headers: Record<string, string>;
  /** How many requests the call sent, those for tokens not counted. */
  attempts: number;
}

/** Arguments by wire name; what is undefined is left out. */
export type Arguments = { readonly [name: string]: unknown };

/** An operation: called, it gives `data`; a download gives a {@link Download}. */
export interface Operation<Data = any, Item = any> {
  (args?: Arguments, options?: CallOptions): Promise<Data>;
  /** The same call, with status, headers and log id beside the data. */
  raw(args?: Arguments, options?: CallOptions): Promise<Reply<Data>>;
  /** The items of all pages. */
  iter(args?: Arguments, options?: CallOptions): AsyncGenerator<Item, void, undefined>;
  /** The pages. */
  pages(args?: Arguments, options?: CallOptions): AsyncGenerator<Data, void, undefined>;
}

/** What is called: an operation by its name, or any path. */
export interface Target {
  /** How messages call it. */
  readonly name: string;
  /** The number in the core; zero for a path. */
  number(core: Core): number;
  /** Whether the answer is a file. */
  isDownload(core: Core): boolean;
  /** The arguments as JSON text, and the files among them. */
  prepare(core: Core, options: CallOptions | undefined): { text: string; files: FileSource[] };
}

/** A place in the tree of names: what is below is made when it is asked for, and kept. */
export function namespace(view: View, names: readonly string[], number: number | undefined): object {
  return Object.create(new Proxy(Object.prototype, { get: (_, name, self: object) => below(view, names, number, self, name) }));
}

/** What a name below a place leads to. */
export function below(
  view: View,
  names: readonly string[],
  number: number | undefined,
  self: object,
  name: string | symbol,
): unknown {
  // An answered `then` would hang `await`; tools ask for these names of anything.
  if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
  if (name in Object.prototype) return Reflect.get(Object.prototype, name, self);
  const core = peek();
  const parent = number ?? (core ? follow(core, view.shared.root, names) : undefined);
  const found = core && parent !== undefined ? look(core, parent, name) : undefined;
  const path = [...names, name];
  const value = path.length < view.shared.depth ? namespace(view, path, found) : operation(view, path.join("."), found);
  Object.defineProperty(self, name, { value, enumerable: true });
  return value;
}

/** The three ways to call something besides calling it. */
export function ways(view: View, target: (args: Arguments) => Target): Omit<Operation, never> & object {
  return {
    raw: (args: Arguments = {}, options?: CallOptions) => call(view, target(args), options, wholeOf),
    iter: (args: Arguments = {}, options?: CallOptions) => walk(view, target(args), options, true),
    pages: (args: Arguments = {}, options?: CallOptions) => walk(view, target(args), options, false),
  } as never;
}

/** What is read of a reply. */
interface Reading<T> {
  /** Whether more than its data is wanted. */
  whole: boolean;
  of(text: string | undefined): T;
  /** The same for a file. */
  ofFile(file: Download): T;
}

export const dataOf: Reading<unknown> = { whole: false, of: decode, ofFile: (file) => file };

export const wholeOf: Reading<Reply> = {
  whole: true,
  of(text) {
    const { log_id, data, ...reply } = decode(text) as Reply & { log_id: string | null };
    return { ...reply, data, logId: log_id ?? undefined };
  },
  ofFile: (data) => ({ data, status: data.status, code: 0, msg: "", logId: data.logId, headers: data.headers, attempts: 0 }),
};

/** Calls something. */
export function call<T>(view: View, target: Target, options: CallOptions | undefined, reading: Reading<T>): Promise<T> {
  const core = ready();
  if (core instanceof Promise) return core.then(() => call(view, target, options, reading));
  try {
    const begin = begun(core, target, options);
    if (target.isDownload(core)) return download(view, options, begin, reading);
    const luggage = { signal: options?.signal, files: begin.files };
    return launch(view, luggage, () => started(view, core, begin, reading.whole, false), reading.of);
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

function begun(core: Core, target: Target, options: CallOptions | undefined): Begin {
  const { text, files } = target.prepare(core, options);
  return { operation: target.number(core), text, options: callText(options, target.name), files };
}

/** The promise is that of the head: the bytes come while they are read. */
function download<T>(view: View, options: CallOptions | undefined, begin: Begin, reading: Reading<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const pipe = new Pipe((file) => resolve(reading.ofFile(file)), options?.onProgress);
    const ended = (error?: unknown): void => {
      pipe.finish(error);
      // Where the head has come already, the reader is told instead.
      if (error !== undefined) reject(error);
    };
    const luggage = { signal: options?.signal, left: pipe.abort.signal, files: begin.files, pipe };
    launch(
      view,
      luggage,
      (core) => started(view, core, begin, false, true),
      () => undefined,
    ).then(() => ended(), ended);
  });
}

/** The pages, or the items in them; who leaves while the next one is on its way need not wait for it. */
function walk(
  view: View,
  target: Target,
  options: CallOptions | undefined,
  items: boolean,
): AsyncGenerator<unknown, void, undefined> {
  const left = new AbortController();
  const steps = walked(view, target, options, items, left.signal);
  const leave = steps.return.bind(steps);
  return Object.assign(steps, { return: () => (left.abort(), leave()) });
}

async function* walked(
  view: View,
  target: Target,
  options: CallOptions | undefined,
  items: boolean,
  left: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const core = await ready();
  const { operation, text, options: told, files } = begun(core, target, options);
  const pages = core.make("walk", [view.number(core), operation, Number(items)], text, told, ...listed(files));
  const held = {};
  gone.register(held, [core, pages], held);
  const luggage = { signal: options?.signal, left, files };
  try {
    for (;;) {
      const page = await launch(
        view,
        luggage,
        () => ["next", [pages], entropy()],
        (text) => decode(text),
      );
      if (page === undefined) return;
      if (items) yield* (page ?? []) as unknown[];
      else yield page;
    }
  } catch (thrown) {
    if (!left.aborted) throw thrown;
  } finally {
    gone.unregister(held);
    core.run("forget", [pages]);
  }
}

function operation(view: View, name: string, number: number | undefined): Operation {
  const target = (args: Arguments): Target => new Named(name, view.shared.root, number, args);
  const called = (args: Arguments = {}, options?: CallOptions): Promise<unknown> => call(view, target(args), options, dataOf);
  return Object.assign(called, ways(view, target)) as Operation;
}

/** What the core knows of an operation, by its number. */
const traits = new Map<number, readonly string[]>();

/** An operation of the catalogue with its arguments. */
class Named implements Target {
  constructor(
    readonly name: string,
    private readonly root: number,
    private found: number | undefined,
    private readonly args: Arguments,
  ) {}

  number(core: Core): number {
    this.found ??= follow(core, this.root, this.name.split("."));
    return this.found;
  }

  isDownload(core: Core): boolean {
    return this.traits(core)[0] === "download";
  }

  prepare(core: Core, options: CallOptions | undefined): { text: string; files: FileSource[] } {
    if (typeof this.args !== "object" || this.args === null || Array.isArray(this.args)) {
      throw new ArgumentError(`${this.name}: the arguments are no object; pass them by name: {…}`, { operation: this.name });
    }
    const option = options === undefined ? misplaced(this.args) : undefined;
    if (option) {
      const reason = `${this.name}: ${option} is an option, not an argument; pass it in the second argument: (args, { ${option} })`;
      throw new ArgumentError(reason, { operation: this.name });
    }
    const [, ...names] = this.traits(core);
    const given = names.filter((name) => this.args[name] !== undefined);
    if (given.length === 0) return { text: encode(this.args, this.name), files: [] };
    const files = given.map((name) => named(this.name, () => fileSource(name, this.args[name], options?.onProgress)));
    const others = Object.fromEntries(Object.entries(this.args).filter(([name]) => !given.includes(name)));
    return { text: encode(others, this.name), files };
  }

  private traits(core: Core): readonly string[] {
    const number = this.number(core);
    let known = traits.get(number);
    if (!known) traits.set(number, (known = core.tell("traits", [number]).split("\n")));
    return known;
  }
}

/** Lets an error say what was called. */
export function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof ArgumentError && !thrown.operation)
      throw new ArgumentError(`${name}: ${thrown.message}`, { operation: name });
    throw thrown;
  }
}

/** Numbers by what they are below and the name: the core keeps each that it gives out. */
const numbers = new Map<string, number>();

function look(core: Core, parent: number, name: string): number {
  const key = `${parent}.${name}`;
  let found = numbers.get(key);
  if (found === undefined) numbers.set(key, (found = core.make("find", [parent], name)));
  return found;
}

function follow(core: Core, root: number, names: readonly string[]): number {
  return names.reduce((number, name) => look(core, number, name), root);
}
