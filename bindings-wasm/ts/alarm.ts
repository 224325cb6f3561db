/** Timers. */

import { current, type Alarm } from "./runtime.js";
import type { Patience } from "./transport.js";

/** An alarm with a timer of its own. */
export function timed(milliseconds: number, ring: () => void): Alarm {
  // More a timer cannot take.
  const timer = setTimeout(ring, Math.min(milliseconds, 0x7fff_ffff));
  return { stop: () => clearTimeout(timer) };
}

/** Calls a function after so many milliseconds, which hardly ever comes to pass. */
function alarm(milliseconds: number, ring: () => void): Alarm {
  return (current().alarm ?? timed)(milliseconds, ring);
}

/** Ends something that takes too long. */
export class Stopwatch {
  #pause: Alarm | undefined;
  readonly #whole: Alarm | undefined;
  readonly #patience: Patience;
  readonly #end: () => void;

  constructor(patience: Patience, end: () => void) {
    this.#patience = patience;
    this.#end = end;
    const whole = patience.idle ? patience.total : patience.timeout;
    if (whole >= 0) this.#whole = alarm(whole, end);
    this.moved();
  }

  /** A byte has moved. */
  moved(): void {
    if (!this.#patience.idle) return;
    this.#pause?.stop();
    this.#pause = alarm(this.#patience.timeout, this.#end);
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
