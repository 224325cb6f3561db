/** The entry for runtimes that nothing is known of: the core is carried along as text. */

import base64 from "larkspur-inline";
import { Core } from "../core.js";
import { coarse } from "../server/alarm.js";
import { provide } from "../runtime.js";
import { systemFailure } from "../system.js";

provide({
  alarm: coarse,
  failure: systemFailure,
  load: () => new Core(new WebAssembly.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))),
});

export * from "../server.js";
