/** Timers. */

import { current } from "./runtime.js";

/** Rings once, unless it is stopped before. */
export interface Alarm {
  stop(): void;
}

/** An alarm with a timer of its own. */
export function timed(milliseconds: number, ring: () => void): Alarm {
  // More a timer cannot take.
  const timer = setTimeout(ring, Math.min(milliseconds, 0x7fff_ffff));
  return { stop: () => clearTimeout(timer) };
}

/** Calls a function after so many milliseconds, which hardly ever comes to pass. */
export function alarm(milliseconds: number, ring: () => void): Alarm {
  return (current().alarm ?? timed)(milliseconds, ring);
}
