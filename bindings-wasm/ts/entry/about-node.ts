/** `larkspur/about` for Node, Deno and Bun. */

import { readFileSync } from "node:fs";
import { Core } from "../core.js";
import { provide } from "../runtime.js";

provide({ load: () => new Core(new WebAssembly.Module(readFileSync(new URL("./larkspur-about.wasm", import.meta.url)))) });

export * from "../about.js";
