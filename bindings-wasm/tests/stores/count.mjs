/** Adds one to a number in a file store, again and again, and says a letter each time. */
import { writeSync } from "node:fs";
import { FileStore } from "../../dist/stores.mjs";

const store = new FileStore(process.argv[2]);
for (;;) {
  const found = store.load("n");
  const next = Number(found ? new TextDecoder().decode(found.bytes) : 0) + 1;
  if (store.swap("n", found?.version, new TextEncoder().encode(String(next)), 600_000)) writeSync(1, ".");
}
