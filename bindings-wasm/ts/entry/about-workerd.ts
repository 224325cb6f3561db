/** `larkspur/about` for Workers. */

import module from "larkspur-about";
import { Core } from "../core.js";
import { provide } from "../runtime.js";

provide({ load: () => new Core(module) });

export * from "../about.js";
