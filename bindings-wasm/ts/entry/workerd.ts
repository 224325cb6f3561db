/** The entry for Workers, which compile the core when they are deployed. */

import module from "larkspur-module";
import { Core } from "../core.js";
import { provide } from "../runtime.js";
import { systemFailure } from "../system.js";

provide({ load: () => new Core(module), alone: true, failure: systemFailure });

export * from "../server.js";
