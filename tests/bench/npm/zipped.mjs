// How many bytes texts take over the wire: gzip at its highest level, each by itself. As a script: of the files that are named.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export function zipped(...texts) {
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(zipped(...process.argv.slice(2).map((file) => readFileSync(file))));
}
