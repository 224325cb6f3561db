/** The package under test, as `LARKSPUR_FORMAT` says: a module (`esm`), CommonJS (`cjs`), or a module in Chromium (`chromium`). */
import { createRequire } from "node:module";

const formats = {
  esm: () => import("../dist/node.mjs"),
  cjs: () => createRequire(import.meta.url)("../dist/node.cjs"),
  chromium: () => import("./browser/chromium.mjs"),
};
export const format = process.env.LARKSPUR_FORMAT ?? "esm";
export const larkspur = await formats[format]();
export const { Client, MemoryStore, ProjectClient, message } = larkspur;
