/** The package under test, as `LARKSPUR_FORMAT` says: a module (`esm`), CommonJS (`cjs`), or a module in Chromium (`chromium`). */
import { createRequire } from "node:module";

const formats = {
  esm: () => import("../dist/node.mjs"),
  cjs: () => createRequire(import.meta.url)("../dist/node.cjs"),
  chromium: () => import("./browser/chromium.mjs"),
};
export const format = process.env.LARKSPUR_FORMAT ?? "esm";
export const larkspur = await formats[format]();
export const { Client, MemoryStore, ProjectClient, WebhookBot, message } = larkspur;
/** The entry `larkspur/about`, in the same format. */
export const about = await {
  esm: () => import("../dist/about-node.mjs"),
  cjs: () => createRequire(import.meta.url)("../dist/about-node.cjs"),
  chromium: () => larkspur.about,
}[format]();
