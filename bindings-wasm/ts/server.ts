/**
 * Larkspur for servers: what `larkspur` gives in Node, Deno, Bun and Workers.
 *
 * @module
 */

export * from "./index.js";
export { WebhookBot, type WebhookBotOptions } from "./server/bot.js";
export { Client } from "./server/client.js";
export type { ClientConstructor, ServerMethods } from "./server/client.js";
export type { ServerOptions } from "./server/options.js";
export type { Jsapi, JsapiConfig } from "./server/jsapi.js";
export type { AuthorizeOptions, Authorization, DeviceFlow, OAuth, SignedInUser } from "./server/oauth.js";
export { ProjectClient, isIdempotencyConflict } from "./server/project.js";
export type { ProjectClientConstructor, ProjectMethods, ProjectOAuth, ProjectOptions, ProjectUser } from "./server/project.js";
/** @internal For `larkspur/stores`, which holds no copy of the core. */
export { redisScripts } from "./server/redis.js";
export { MemoryStore } from "./server/store.js";
export type { PacingStore, Stored, StoreName, TokenStore, Version } from "./server/store.js";
