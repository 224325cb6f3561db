/** Brings the core of a build to life. */

import * as glue from "larkspur-glue";
import type { Wasm } from "../wasm.js";

/** From a module that the runtime has compiled. */
export function instance(module: WebAssembly.Module): Wasm {
  glue.initSync({ module });
  return glue as unknown as Wasm;
}
