import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

await build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", outdir: "dist" });
// esbuild leaves `new URL(…, import.meta.url)` as it is: what is fetched goes beside the bundle.
for (const file of ["larkspur-browser.wasm", "larkspur-message.wasm"])
  copyFileSync(createRequire(import.meta.url).resolve(`larkspur/${file}`), `dist/${file}`);
copyFileSync("index.html", "dist/index.html");
