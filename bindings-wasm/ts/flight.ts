/** Views of a client, and calls under way. */

import { ConfigError, LarkError, fromCore, translated } from "./errors.js";
import { decode } from "./json.js";
import type { ClientPlatform } from "./platform.js";
import { guarded, peek, ready, unwatch, watch, type Endangered } from "./runtime.js";
import { parseHeaders } from "./transport.js";
import type { Core, Settle, Wasm } from "./wasm.js";

/** What all views of a client share. */
export class Shared {
  closed = false;
  readonly flights = new Set<Endangered>();

  constructor(readonly platform: ClientPlatform) {}

  /** Ends what is under way, and lets go of the connections. */
  close(): void {
    this.closed = true;
    for (const flight of [...this.flights]) flight.perish(closed());
    this.platform.close();
  }
}

/** A client or a view of one: its counterpart in the core is made as soon as there is a core. */
export class View {
  readonly shared: Shared;
  readonly #make: (wasm: Wasm) => Core;
  #core: Core | undefined;

  constructor(shared: Shared, make: (wasm: Wasm) => Core) {
    this.shared = shared;
    this.#make = make;
    const wasm = peek();
    if (wasm) this.#made(wasm);
  }

  /** The counterpart in the core, at once or when the core has been loaded. */
  core(): Core | Promise<Core> {
    if (this.#core) return this.#core;
    const wasm = ready();
    return wasm instanceof Promise ? wasm.then((wasm) => this.#made(wasm)) : this.#made(wasm);
  }

  /** The counterpart in the core, if it is there. */
  peek(): Core | undefined {
    return this.#core;
  }

  /** A view of this one. */
  view(derive: (core: Core) => Core): View {
    return new View(this.shared, (wasm) => derive(this.#made(wasm)));
  }

  #made(wasm: Wasm): Core {
    this.#core ??= translated(() => guarded(() => this.#make(wasm)));
    return this.#core;
  }
}

/** The end of a call as the core tells it. */
export interface Landing {
  data: unknown;
  status: number;
  code: number;
  msg: string;
  logId: string | undefined;
  headers: Record<string, string>;
  attempts: number;
}

/** Starts a call in the core once there is one; the promise is that of its end. */
export function launch<T>(
  view: View,
  signal: AbortSignal | undefined,
  begin: (core: Core, settle: Settle) => number,
  read: (landing: Landing) => T,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (view.shared.closed) return Promise.reject(closed());
  let core: Core | Promise<Core>;
  try {
    core = view.core();
  } catch (thrown) {
    return Promise.reject(thrown);
  }
  if (core instanceof Promise) return core.then(() => launch(view, signal, begin, read));
  const found = core;
  return new Promise((resolve, reject) => {
    const flight = new Flight(view.shared, signal, read, resolve, reject);
    flight.start(() => begin(found, flight));
  });
}

/** A call under way. */
class Flight<T> implements Settle, Endangered {
  #number = 0;
  #over = false;
  readonly #shared: Shared;
  readonly #signal: AbortSignal | undefined;
  readonly #read: (landing: Landing) => T;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    shared: Shared,
    signal: AbortSignal | undefined,
    read: (landing: Landing) => T,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#shared = shared;
    this.#signal = signal;
    this.#read = read;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(begin: () => number): void {
    this.#shared.flights.add(this);
    watch(this);
    this.#signal?.addEventListener("abort", this);
    try {
      this.#number = guarded(begin);
    } catch (thrown) {
      this.#end(() => this.#reject(typeof thrown === "string" ? fromCore(thrown) : thrown));
    }
  }

  /** The signal's event. */
  handleEvent(): void {
    this.perish(this.#signal?.reason);
  }

  perish(reason: unknown): void {
    if (this.#over) return;
    this.#end(() => this.#reject(reason));
    if (this.#number) peek()?.abort(this.#number);
  }

  data(data: string): void {
    this.#land({ data, status: 200, code: 0, msg: "", logId: undefined, headers: {}, attempts: 0 });
  }

  reply(
    data: string,
    status: number,
    code: number,
    msg: string,
    logId: string | undefined,
    headers: string,
    attempts: number,
  ): void {
    this.#land({ data, status, code, msg, logId, headers: lowered(parseHeaders(headers)), attempts });
  }

  failed(error: string): void {
    this.#end(() => this.#reject(fromCore(error)));
  }

  #land(landing: Landing & { data: string }): void {
    this.#end(() => {
      try {
        this.#resolve(this.#read({ ...landing, data: decode(landing.data) }));
      } catch (thrown) {
        this.#reject(thrown);
      }
    });
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#shared.flights.delete(this);
    unwatch(this);
    this.#signal?.removeEventListener("abort", this);
    settle();
  }
}

function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function closed(): LarkError {
  return new ConfigError("the client is closed; make another one");
}
