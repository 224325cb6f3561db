/** Timers for what hardly ever rings: one that looks at all of them now and then costs less than one for each call. */

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

/** How often is looked, in milliseconds; what is due sooner than ten of it has a timer of its own. */
const GRAIN = 100;
/** Looks without anything to look at, after which nobody looks any more. */
const IDLE = 50;

class Coarse implements Alarm {
  constructor(
    readonly due: number,
    readonly ring: () => void,
  ) {}

  stop(): void {
    if (set.delete(this) && set.size === 0) hold(false);
  }
}

const set = new Set<Coarse>();
let looking: ReturnType<typeof setInterval> | undefined;
let idle = 0;

/** Calls a function after so many milliseconds. */
export function alarm(milliseconds: number, ring: () => void): Alarm {
  // Where a request ends what it began, the one timer would end with the first.
  if (milliseconds < 10 * GRAIN || current().alone) return timed(milliseconds, ring);
  looking ??= setInterval(look, GRAIN);
  if (set.size === 0) hold(true);
  const made = new Coarse(performance.now() + milliseconds, ring);
  set.add(made);
  return made;
}

function look(): void {
  idle = set.size === 0 ? idle + 1 : 0;
  if (idle > IDLE) {
    clearInterval(looking);
    looking = undefined;
    return;
  }
  const now = performance.now();
  for (const each of set) {
    if (each.due > now) continue;
    each.stop();
    each.ring();
  }
}

/** Whether a program stays alive for it. */
function hold(alive: boolean): void {
  const timer = looking as { ref?(): void; unref?(): void } | undefined;
  if (alive) timer?.ref?.();
  else timer?.unref?.();
}
