/**
 * Web pages inside the Feishu or Lark client, and what their backend does for them.
 *
 * ```text
 * page: signIn, config ── /h5/session, /h5/config ──▶ createH5(…) ──▶ open.feishu.cn
 *   └── requestAccess, config of the platform's client
 * ```
 *
 * @module
 */

export { H5Error, config, requestAccess, signIn } from "./h5/page.js";
export type { AccessOptions, ConfigOptions, H5Failure, SignInOptions } from "./h5/page.js";
export { createH5 } from "./h5/server.js";
export type { H5Handler, H5Options } from "./h5/server.js";
