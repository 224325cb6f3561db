/** How requests reach the network. */

/** One request as the core gives it. */
export interface Outgoing {
  method: string;
  url: string;
  /** Name, value, name, value; the same list for all requests with the same ones. */
  headers: readonly string[];
  body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The length of the body in bytes, if it is known. */
  length: number | undefined;
  /** The most bytes of an answer that is wanted whole; negative where it is read piece by piece. */
  collect: number;
  connect: number;
  patience: Patience;
  /** Does what an answer brings beside what the answers to other requests bring in this turn of the event loop, where there are others. */
  together: ((work: () => void) => void) | undefined;
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
  send(request: Outgoing, to: Receiver): Exchange;
  close(): void;
}

/** A request under way. */
export interface Exchange {
  /** Lets go of the connection; nothing is told any more. */
  abort(): void;
}

/** Who is told what became of a request: once, and never before `send` has returned. */
export interface Receiver {
  /** The whole answer; in `headers` a line of name and a line of value for each. */
  answered(status: number, headers: string, body: Uint8Array): void;
  /** The head of an answer that is read piece by piece: `next` gives undefined at the end, and throws a {@link Broken}. */
  opened(status: number, headers: string, next: () => Promise<Uint8Array | undefined>): void;
  broken(reason: Broken): void;
}

/** Why there is no answer. */
export interface Broken {
  kind: Kind | "broken";
  /** Whether the server may have seen the request. */
  sent: boolean;
  reason: string;
}

/** In the order of `transport_kind` in `src/exports.rs`. */
export const KINDS = ["connect", "tls", "timeout", "too_large", "source", "sink"] as const;
type Kind = (typeof KINDS)[number];

/** What the core calls a failure between here and the server. */
export function broken(kind: Broken["kind"], sent: boolean, reason: string): Broken {
  return { kind, sent, reason };
}

/** What is told of a redirect. */
export const REDIRECT = "the answer is a redirect, which is not followed";

/** Time ran out. */
export function late({ timeout, idle }: Patience): Broken {
  return broken("timeout", true, idle ? `no byte moved for ${timeout} ms` : `no answer within ${timeout} ms`);
}

/** The most bytes were passed. */
export function tooLarge(limit: number): Broken {
  return broken("too_large", true, `the answer has more than ${limit} bytes`);
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
