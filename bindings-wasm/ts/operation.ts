/** Operations, and the tree of names above them. */

import { Download, Pipe } from "./download.js";
import { ArgumentError, fromCore, translated } from "./errors.js";
import { fileSource } from "./files.js";
import { launch, type Landing, type View } from "./flight.js";
import { encode } from "./json.js";
import { callText, misplaced, type CallOptions } from "./options.js";
import { guarded, peek, ready } from "./runtime.js";
import type { FileSource, PageWalk, Settle, Wasm } from "./wasm.js";

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
  number(wasm: Wasm): number;
  /** Whether the answer is a file. */
  isDownload(wasm: Wasm): boolean;
  /** The arguments as JSON text, and the files among them. */
  prepare(wasm: Wasm, options: CallOptions | undefined): { text: string; files: FileSource[] };
}

/** Every id has so many parts. */
const DEPTH = 4;

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
  const wasm = peek();
  const parent = number ?? (wasm ? follow(wasm, names) : undefined);
  const found = wasm && parent !== undefined ? look(wasm, parent, name) : undefined;
  const path = [...names, name];
  const value = path.length < DEPTH ? namespace(view, path, found) : operation(view, path.join("."), found);
  Object.defineProperty(self, name, { value, enumerable: true });
  return value;
}

/** The three ways to call something besides calling it. */
export function ways(view: View, target: (args: Arguments) => Target): Omit<Operation, never> & object {
  return {
    raw: (args: Arguments = {}, options?: CallOptions) => call(view, target(args), options, true, (landing) => landing),
    iter: (args: Arguments = {}, options?: CallOptions) => walk(view, target(args), options, true),
    pages: (args: Arguments = {}, options?: CallOptions) => walk(view, target(args), options, false),
  } as never;
}

/** Calls something; what is not read of the whole reply, but for its data, need not cross. */
export function call<T>(
  view: View,
  target: Target,
  options: CallOptions | undefined,
  whole: boolean,
  read: (landing: Landing) => T,
): Promise<T> {
  const wasm = ready();
  if (wasm instanceof Promise) return wasm.then(() => call(view, target, options, whole, read));
  try {
    const { text, files } = target.prepare(wasm, options);
    const told = callText(options, target.name);
    const number = target.number(wasm);
    const begin: Begin = (core, settle, sink) => core.call(number, text, files, told, whole, sink, 0, settle);
    if (target.isDownload(wasm)) return download(view, options, begin, read);
    return launch(view, options?.signal, begin, read);
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

type Begin = (core: import("./wasm.js").Core, settle: Settle, sink?: Pipe) => number;

/** The promise is that of the head: the bytes come while they are read. */
function download<T>(view: View, options: CallOptions | undefined, begin: Begin, read: (landing: Landing) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const opened = (file: Download): void => {
      const { status, logId, headers } = file;
      resolve(read({ data: file, status, code: 0, msg: "", logId, headers, attempts: 0 }));
    };
    const pipe = new Pipe(opened, options?.onProgress);
    const signal = options?.signal ? AbortSignal.any([options.signal, pipe.abort.signal]) : pipe.abort.signal;
    const ended = (error?: unknown): void => {
      pipe.finish(error);
      // Where the head has come already, the reader is told instead.
      if (error !== undefined) reject(error);
    };
    launch(
      view,
      signal,
      (core, settle) => begin(core, settle, pipe),
      () => undefined,
    ).then(() => ended(), ended);
  });
}

async function* walk(
  view: View,
  target: Target,
  options: CallOptions | undefined,
  items: boolean,
): AsyncGenerator<unknown, void, undefined> {
  const wasm = await ready();
  const { text, files } = target.prepare(wasm, options);
  const told = callText(options, target.name);
  const core = await view.core();
  const begin = (): PageWalk => core.walk(target.number(wasm), text, files, told, items);
  const pages = translated(() => guarded(begin));
  try {
    for (;;) {
      const page = await launch(
        view,
        options?.signal,
        (_, settle) => pages.next(settle),
        (landing) => landing.data,
      );
      if (page === undefined) return;
      if (items) yield* page as unknown[];
      else yield page;
    }
  } finally {
    pages.free();
  }
}

function operation(view: View, name: string, number: number | undefined): Operation {
  const target = (args: Arguments): Target => new Named(name, number, args);
  const called = (args: Arguments = {}, options?: CallOptions): Promise<unknown> =>
    call(view, target(args), options, false, (landing) => landing.data);
  return Object.assign(called, ways(view, target)) as Operation;
}

/** What the core knows of an operation, by its number. */
const traits = new Map<number, readonly string[]>();

/** An operation of the catalogue with its arguments. */
class Named implements Target {
  constructor(
    readonly name: string,
    private found: number | undefined,
    private readonly args: Arguments,
  ) {}

  number(wasm: Wasm): number {
    this.found ??= follow(wasm, this.name.split("."));
    return this.found;
  }

  isDownload(wasm: Wasm): boolean {
    return this.traits(wasm)[0] === "download";
  }

  prepare(wasm: Wasm, options: CallOptions | undefined): { text: string; files: FileSource[] } {
    if (typeof this.args !== "object" || this.args === null || Array.isArray(this.args)) {
      throw new ArgumentError(`${this.name}: the arguments are no object; pass them by name: {…}`, { operation: this.name });
    }
    const option = options === undefined ? misplaced(this.args) : undefined;
    if (option) {
      const reason = `${this.name}: ${option} is an option, not an argument; pass it in the second argument: (args, { ${option} })`;
      throw new ArgumentError(reason, { operation: this.name });
    }
    const [, ...names] = this.traits(wasm);
    const given = names.filter((name) => this.args[name] !== undefined);
    if (given.length === 0) return { text: encode(this.args, this.name), files: [] };
    const files = given.map((name) => named(this.name, () => fileSource(name, this.args[name], options?.onProgress)));
    const others = Object.fromEntries(Object.entries(this.args).filter(([name]) => !given.includes(name)));
    return { text: encode(others, this.name), files };
  }

  private traits(wasm: Wasm): readonly string[] {
    const number = this.number(wasm);
    let known = traits.get(number);
    if (!known) traits.set(number, (known = translated(() => wasm.traits(number))));
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

function look(wasm: Wasm, parent: number, name: string): number {
  const key = `${parent}.${name}`;
  let found = numbers.get(key);
  if (found === undefined) {
    try {
      found = guarded(() => wasm.find(parent, name));
    } catch (thrown) {
      throw typeof thrown === "string" ? fromCore(thrown) : thrown;
    }
    numbers.set(key, found);
  }
  return found;
}

function follow(wasm: Wasm, names: readonly string[]): number {
  return names.reduce((number, name) => look(wasm, number, name), 0);
}
