/** The entry for Workers, which compile the core when they are deployed. */

import module from "larkspur-module";
import { Core } from "../core.js";
import { provide } from "../runtime.js";

provide({ load: () => new Core(module), alone: true });

export * from "../server.js";
