/** Work that comes in one turn of the event loop, done in one go. */

// As it is when the package is imported: a test that replaces timers later shall not stop its calls.
const later = setImmediate;
let waiting: (() => void)[] = [];

/**
 * Does the work at the end of the turn, one after the other: code that runs many times in a row stays in the processor's cache, where a request and an
 * answer by themselves, `fetch` above all, run through far more than fits there.
 */
export function together(work: () => void): void {
  if (waiting.push(work) === 1) later(all);
}

function all(): void {
  const works = waiting;
  waiting = [];
  for (const work of works) work();
}
