/** The resources of Feishu Project. The build writes out every name; see `build.mjs`. */

import type { Operation } from "./operation.js";

export interface ProjectApi {
  readonly [resource: string]: { readonly [method: string]: Operation };
}
