/** How requests reach the network. */

import type { Body, Broken, Exchange } from "./wasm.js";

/** One request as the core gives it. */
export interface Outgoing {
  method: string;
  url: string;
  /** A line of name and a line of value for each. */
  headers: string;
  body: Body | undefined;
  /** The most bytes of an answer that is wanted whole; negative where it is read piece by piece. */
  collect: number;
  connect: number;
  patience: Patience;
}

/** How long an answer may take, in milliseconds. */
export interface Patience {
  timeout: number;
  /** Whether `timeout` is the longest pause instead of the whole. */
  idle: boolean;
  /** The bound of the whole where there are pauses; negative for none. */
  total: number;
}

/** Sends requests. */
export interface Transport {
  send(request: Outgoing): Exchange;
  close(): void;
}

/** Rings once, unless it is stopped before. */
export interface Alarm {
  stop(): void;
}

/** An alarm with a timer of its own. */
export function timed(milliseconds: number, ring: () => void): Alarm {
  const timer = setTimeout(ring, bounded(milliseconds));
  return { stop: () => clearTimeout(timer) };
}

/** Ends something that takes too long. */
export class Stopwatch {
  #pause: Alarm | undefined;
  readonly #whole: Alarm | undefined;
  readonly #patience: Patience;
  readonly #end: () => void;
  readonly #alarm: typeof timed;

  constructor(patience: Patience, end: () => void, alarm = timed) {
    this.#patience = patience;
    this.#end = end;
    this.#alarm = alarm;
    const whole = patience.idle ? patience.total : patience.timeout;
    if (whole >= 0) this.#whole = alarm(whole, end);
    this.moved();
  }

  /** A byte has moved. */
  moved(): void {
    if (!this.#patience.idle) return;
    this.#pause?.stop();
    this.#pause = this.#alarm(this.#patience.timeout, this.#end);
  }

  /** Nobody asks for bytes now. */
  rest(): void {
    this.#pause?.stop();
  }

  stop(): void {
    this.#pause?.stop();
    this.#whole?.stop();
  }
}

/** Milliseconds that a timer can take. */
export function bounded(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), 0x7fff_ffff);
}

/** A line of name and a line of value for each header. */
export function parseHeaders(lines: string): Record<string, string> {
  const headers: Record<string, string> = {};
  const parts = lines.split("\n");
  for (let at = 0; at + 1 < parts.length; at += 2) headers[parts[at] as string] = parts[at + 1] as string;
  return headers;
}

/** What the core calls a failure between here and the server. */
export function broken(kind: Broken["kind"], sent: boolean, reason: string): Broken {
  return { kind, sent, reason };
}

/** The exchange of a request that cannot be sent. */
export function unsent(reason: Broken): Exchange {
  const never = Promise.reject(reason);
  return { answered: never, status: 0, headers: "", body: new Uint8Array(), next: () => never, abort: () => undefined };
}

/** What a system's error means; its texts may hold addresses, so that only codes are repeated. */
export function fromCode(code: string, sent: boolean): Broken {
  if (
    /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT|ConnectionRefused|FailedToOpenSocket)/.test(
      code,
    )
  ) {
    return broken("connect", false, `no connection (${code})`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code))
    return broken("tls", false, `the certificate or the handshake failed (${code})`);
  return broken("broken", sent, `the connection broke (${code})`);
}

/** The most bytes were passed. */
export function tooLarge(limit: number): Broken {
  return broken("too_large", true, `the answer has more than ${limit} bytes; raise maxAnswer`);
}

/** Joins pieces. */
export function joined(pieces: Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
