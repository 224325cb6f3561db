/** The entry for Node, Deno and Bun: the core is read from its file, at once, when it is first needed. */

import { readFileSync } from "node:fs";
import { NodeTransport } from "../node/http.js";
import { save } from "../node/save.js";
import { together } from "../node/together.js";
import { coarse } from "../server/alarm.js";
import { Core } from "../core.js";
import { provide } from "../runtime.js";
import { systemFailure } from "../system.js";

provide({
  load: () => new Core(new WebAssembly.Module(readFileSync(new URL("./larkspur.wasm", import.meta.url)))),
  transport: (options) => new NodeTransport(options),
  alarm: coarse,
  failure: systemFailure,
  together,
  save,
});

export * from "../server.js";
