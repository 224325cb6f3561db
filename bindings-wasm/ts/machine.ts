/** Machines of the core under way: each step that the core wants is done here, and its outcome handed back. */

import { timed } from "./alarm.js";
import {
  ASK,
  ATTEMPT,
  BODY,
  BODY_LENGTH,
  COLLECT,
  CONNECT,
  FAILED,
  IDLE,
  MADE,
  NOTHING,
  RATE_LIMIT,
  READY,
  SEND,
} from "./core.js";
import { SPAN, TIMEOUT, TOTAL, WAIT, WHOLE_WAIT, type Core } from "./core.js";
import { pour, type Pipe } from "./download.js";
import { ConfigError, fromCore, type LarkError } from "./errors.js";
import type { FileSource } from "./files.js";
import type { ClientPlatform } from "./platform.js";
import { running, type Running } from "./running.js";
import { current } from "./runtime.js";
import { KINDS, type Broken, type Outgoing, type Receiver } from "./transport.js";

/** The headers of a request. */
interface Head {
  /** A line of name and a line of value for each, as the core tells them. */
  text: string;
  headers: readonly string[];
  /** Whether the body goes out as text: for less than as bytes, with Node's HTTP in one piece with the head, with `fetch` without further copies. */
  isText: boolean;
}

/** What all views of a client share. */
export class Shared {
  closed = false;
  /** Where names begin, by its number in the core, and how many parts a name has. */
  root = 0;
  depth = 4;
  #ready: Running[] | undefined;
  #head: Head | undefined;

  constructor(readonly platform: ClientPlatform) {}

  /** Ends what is under way, and lets go of the connections. */
  close(): void {
    this.closed = true;
    for (const each of [...running.values()]) if (each.shared === this) each.perish(closed());
    this.platform.close();
  }

  /** Takes headers apart, but for those that the last request had too: most have. */
  headers(text: string): Head {
    if (text === this.#head?.text) return this.#head;
    const isText = /^content-type\napplication\/json/im.test(text);
    return (this.#head = { text, headers: text ? text.split("\n") : [], isText });
  }

  /** Goes on with what the last call of the core has made ready: calls whose token has come, refreshes that have been started. */
  collect(core: Core): void {
    for (let left = core.cell(READY); left > 0; left--) {
      const number = core.run("ready");
      this.#later(running.get(number) ?? new Machine(core, this, number));
    }
  }

  /** One after the other, since each may make others ready. */
  #later(machine: Running): void {
    if (this.#ready) return void this.#ready.push(machine);
    const ready = (this.#ready = [machine]);
    queueMicrotask(() => {
      for (let next = ready.shift(); next; next = ready.shift()) next.go();
      this.#ready = undefined;
    });
  }
}

/** What closing a client does to its calls. */
export function closed(): LarkError {
  return new ConfigError("the client is closed; make another one");
}

/** The two clocks. */
export const clocks = (): [wall: number, mono: number] => [Date.now(), performance.now()];

/** A machine: alone it is a refresh, whose end is told inside the core. */
export class Machine implements Receiver, Running {
  protected readonly core: Core;
  readonly shared: Shared;
  #number: number;
  #over = false;
  #waits = true;
  /** Lets go of what it waits for. */
  #drop: (() => void) | undefined;
  #sent = 0;

  constructor(core: Core, shared: Shared, number = 0) {
    this.core = core;
    this.shared = shared;
    this.#number = number;
    if (number) running.set(number, this);
  }

  /** Its time has come, or what it waited for. */
  go(): void {
    if (!this.#waits || this.#over) return;
    this.#drop?.();
    this.step("go", []);
  }

  /** Calls an export that begins the machine or goes on with it, and does what the core wants then. */
  protected step(name: string, numbers: number[], ...parts: (string | Uint8Array)[]): void {
    if (this.#over) return;
    this.#waits = false;
    this.#drop = undefined;
    if (this.#number) numbers.unshift(this.#number);
    numbers.push(...clocks());
    let kind;
    try {
      kind = this.core.run(name, numbers, ...parts);
    } catch (thrown) {
      return this.perish(thrown);
    }
    this.#follow(kind);
  }

  /** The core has no more to tell. */
  protected landed(_text: string | undefined): void {}

  protected failed(_reason: unknown): void {}

  /** The files among the arguments. */
  protected files(): FileSource[] {
    return [];
  }

  protected pipe(): Pipe | undefined {
    return undefined;
  }

  /** Ends the machine for a reason from outside of it. */
  perish(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#drop?.();
    try {
      if (this.#number) this.core.run("forget", [this.#number]);
      this.shared.collect(this.core);
    } catch {
      // A core that has given up has told so to everybody.
    }
    this.failed(reason);
  }

  answered(status: number, headers: string, body: Uint8Array): void {
    this.#tell(status, headers);
    this.step("answered", [status], headers, body);
  }

  opened(status: number, headers: string, next: () => Promise<Uint8Array | undefined>): void {
    const number = this.#number;
    pour({ core: this.core, number, pipe: this.pipe(), status, headers, next }).then(
      (body) => {
        if (this.#over) return;
        if (typeof body !== "number") return this.answered(status, headers, body);
        this.#tell(status, headers);
        this.step("sunk", [status, body], headers);
      },
      (reason: Broken & { received: number }) => this.broken(reason),
    );
  }

  broken({ kind, sent, reason, received = 0 }: Broken & { received?: number }): void {
    if (this.#over) return;
    this.#drop?.();
    this.#tell(undefined, "");
    this.step("broken", [(KINDS as readonly string[]).indexOf(kind) >>> 0, Number(sent), received], reason);
  }

  #follow(kind: number): void {
    const { core, shared } = this;
    if (kind === SEND || kind === WAIT || kind === ASK) this.#begun();
    switch (kind) {
      case SEND: {
        const request = this.#request();
        const attempt = core.cell(ATTEMPT);
        shared.collect(core);
        return this.#send(request, attempt);
      }
      case WAIT: {
        const [span, attempt, limited] = [core.cell(SPAN), core.cell(ATTEMPT), core.cell(RATE_LIMIT)];
        // Pages pace nothing: their core knows no other wait.
        const whole = core.cell(WHOLE_WAIT) || span;
        shared.collect(core);
        this.#waits = true;
        const alarm = timed(span, () => this.go());
        this.#drop = () => alarm.stop();
        if (attempt && shared.platform.hooked)
          shared.platform.tell("onRetry", {
            ...this.#facts(attempt),
            reason: limited ? "rate_limit" : "backoff",
            wait: span,
            whole,
          });
        return;
      }
      case ASK: {
        const question = JSON.parse(core.text());
        shared.collect(core);
        return void shared.platform.answer(question, (...answer) => this.step(...answer));
      }
    }
    const text = kind === NOTHING ? undefined : core.text();
    this.#end();
    shared.collect(core);
    if (kind === FAILED) this.failed(fromCore(text!));
    else this.landed(text);
  }

  #begun(): void {
    if (this.#number) return;
    this.#number = this.core.cell(MADE);
    running.set(this.#number, this);
  }

  #end(): void {
    this.#over = true;
    running.delete(this.#number);
  }

  #request(): Outgoing {
    const { core } = this;
    const [, method, url, lines] = /(.*)\n(.*)\n?([^]*)/.exec(core.text()) as unknown as [string, string, string, string];
    const { headers, isText } = this.shared.headers(lines);
    const [at, length] = [core.cell(BODY), core.cell(BODY_LENGTH)];
    const whole = (): string | Uint8Array => (isText ? core.read(at, length) : core.copy(at, length));
    return {
      method,
      url,
      headers,
      body: at < 0 ? this.#pieces() : length > 0 ? whole() : undefined,
      length: at === 0 || length < 0 ? undefined : length,
      collect: core.cell(COLLECT),
      connect: core.cell(CONNECT),
      patience: { timeout: core.cell(TIMEOUT), idle: core.cell(IDLE) > 0, total: core.cell(TOTAL) },
      together: running.size > 1 ? current().together : undefined,
    };
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for (let place = 0; ; place++) {
      const kind = this.core.run("piece", [this.#number, place]);
      if (kind === NOTHING) return;
      if (kind === WAIT) yield* this.files()[this.core.cell(MADE)]!.open();
      else yield this.core.bytes();
    }
  }

  #send(request: Outgoing, attempt: number): void {
    if (attempt && this.shared.platform.hooked) {
      this.shared.platform.tell("onRequest", this.#facts(attempt));
      this.#sent = performance.now();
    }
    // A hook may have ended it.
    if (this.#over) return;
    const exchange = this.shared.platform.send(request, this);
    this.#drop = () => exchange.abort();
  }

  #tell(status: number | undefined, headers: string): void {
    if (!this.#sent || this.#over) return;
    const took = performance.now() - this.#sent;
    this.#sent = 0;
    const logId = this.core.tell("log_id", [], headers) || undefined;
    this.shared.platform.tell("onResponse", { ...this.#facts(), status, logId, took });
  }

  /** What hooks are told of the call. */
  #facts(attempt?: number): { operation: string; method: string; path: string; attempt: number } {
    const [operation, method, path, attempts] = this.core.tell("told", [this.#number]).split("\n") as [
      string,
      string,
      string,
      string,
    ];
    return { operation, method, path, attempt: attempt ?? Number(attempts) };
  }
}
