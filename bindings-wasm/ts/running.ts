/** What is under way in the core, and the end of everything if the core gives up. */

import { LarkError } from "./errors.js";

/** What is under way in the core. */
export interface Running {
  /** Of whose client it is. */
  readonly shared: object;
  /** Its time has come, or what it waited for. */
  go(): void;
  /** Ends it for a reason from outside of it. */
  perish(reason: unknown): void;
}

/** Everything that is under way, by its number in the core. */
export const running = new Map<number, Running>();

let dead: LarkError | undefined;

/** @throws if the core has given up. */
export function alive(): void {
  if (dead) throw dead;
}

/** What to throw for what the core threw; if it has given up, so does everything that waits for it. */
export function ended(thrown: unknown): unknown {
  return thrown instanceof WebAssembly.RuntimeError ? perish(thrown) : thrown;
}

function perish({ message, stack }: Error): LarkError {
  const place = /wasm-function\[\d+\][\w:]*/.exec(stack ?? "")?.[0] ?? "an unknown place";
  dead ??= new LarkError(`larkspur's core gave up (${message} in ${place}); restart the program, and please report this`);
  for (const each of [...running.values()]) each.perish(dead);
  running.clear();
  return dead;
}
