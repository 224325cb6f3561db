import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

await build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", outdir: "dist" });
// esbuild leaves `new URL(…, import.meta.url)` as it is: the core goes beside the bundle.
copyFileSync(createRequire(import.meta.url).resolve("larkspur/larkspur-browser.wasm"), "dist/larkspur-browser.wasm");
copyFileSync("index.html", "dist/index.html");
