/**
 * Larkspur on servers: all that pages have, and what needs the larger core.
 *
 * @module
 */

export * from "./index.js";
export { WebhookBot, type WebhookBotOptions } from "./server/bot.js";
export type { Jsapi, JsapiConfig } from "./server/jsapi.js";
export type { ServerMethods } from "./server/methods.js";
