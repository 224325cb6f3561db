/** Timers for what hardly ever rings: one that looks at all of them now and then costs a server less than one for each call. */

import { timed } from "../alarm.js";
import type { Alarm } from "../runtime.js";

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
export function coarse(milliseconds: number, ring: () => void): Alarm {
  if (milliseconds < 10 * GRAIN) return timed(milliseconds, ring);
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
