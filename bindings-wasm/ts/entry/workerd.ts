/** The entry for Workers, which compile the core when they are deployed. */

import module from "larkspur-module";
import { provide } from "../runtime.js";
import { instance } from "./instance.js";

provide({ load: () => instance(module) });

export * from "../index.js";
