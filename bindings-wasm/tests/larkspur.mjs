/** The package under test: as a module, or as CommonJS where `LARKSPUR_FORMAT` says so. */
import { createRequire } from "node:module";

const isCommon = process.env.LARKSPUR_FORMAT === "cjs";
const found = isCommon ? createRequire(import.meta.url)("../dist/node.cjs") : await import("../dist/node.mjs");

export const larkspur = found;
export const { Client, message } = found;
