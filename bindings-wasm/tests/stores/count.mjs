/** Adds one to a number in a file store, again and again, and says a dot each time, or a question mark where it does not know. */
import { writeSync } from "node:fs";
import { FileStore } from "../../dist/stores.mjs";

const store = new FileStore(process.argv[2]);
for (;;) {
  try {
    if (addOne()) writeSync(1, ".");
  } catch (error) {
    // A process that a busy machine held up between two steps cannot say what became of its swap.
    if (!/too often/.test(error.message)) throw error;
    writeSync(1, "?");
  }
}

function addOne() {
  const found = store.load("n");
  const next = Number(found ? new TextDecoder().decode(found.bytes) : 0) + 1;
  return store.swap("n", found?.version, new TextEncoder().encode(String(next)), 600_000);
}
