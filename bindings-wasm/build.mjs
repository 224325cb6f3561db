/**
 * Puts the package together in `dist/`, from two builds of the core:
 *
 *     node build.mjs SERVER_FOLDER BROWSER_FOLDER
 *
 * Each folder holds what wasm-bindgen wrote: `larkspur_wasm.js` and `larkspur_wasm_bg.wasm`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [server, browser] = process.argv.slice(2).map((folder) => resolve(folder));
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** The entries: their source, their build of the core, and the formats they come in. */
const ENTRIES = [
  { name: "node", core: server, formats: ["esm", "cjs"], platform: "node" },
  { name: "workerd", core: server, formats: ["esm"] },
  { name: "inline", core: server, formats: ["esm", "cjs"] },
  { name: "browser", core: browser, formats: ["esm"] },
  { name: "slim", core: browser, formats: ["esm", "cjs"] },
];

/** Files of their own that reach the core through a client. */
const BESIDE = ["proxy", "testing"].filter((name) => existsSync(join(root, "ts", `${name}.ts`)));

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
optimise(server, "larkspur.wasm", "-O3");
optimise(browser, "larkspur-browser.wasm", "-Oz");
await Promise.all([
  ...ENTRIES.flatMap((entry) => entry.formats.map((format) => bundle(entry, format))),
  ...BESIDE.flatMap(beside),
]);
declarations();
await names();
manifest();

/** Faster for servers, smaller by a tenth for pages; names and producers have no use in it. */
function optimise(folder, name, aim) {
  const from = join(folder, "larkspur_wasm_bg.wasm");
  const features = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
  ];
  const binaryen = join(dirname(createRequire(import.meta.url).resolve("binaryen/package.json")), "bin", "wasm-opt");
  execFileSync(
    process.execPath,
    [binaryen, aim, ...features, "--strip-debug", "--strip-producers", from, "-o", join(dist, name)],
    { stdio: "inherit" },
  );
}

async function bundle({ name, core, platform }, format) {
  await build({
    // Node shows the line of an error that nobody caught: it should be one of ours, not all of them.
    ...common(format, name === "node"),
    entryPoints: [join(root, "ts/entry", `${name}.ts`)],
    outfile: join(dist, `${name}.${format === "esm" ? "mjs" : "cjs"}`),
    platform: platform ?? "neutral",
    plugins: [parts(core)],
  });
}

function beside(name) {
  const formats = ["esm", "cjs"];
  return formats.map((format) =>
    build({
      ...common(format),
      entryPoints: [join(root, "ts", `${name}.ts`)],
      outfile: join(dist, `${name}.${format === "esm" ? "mjs" : "cjs"}`),
      platform: "neutral",
      external: ["larkspur", "node:*"],
    }),
  );
}

function common(format, forServers = false) {
  const cjs = format === "cjs";
  return {
    bundle: true,
    minify: !forServers,
    format,
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
    // CommonJS has no address of its own file, but its name.
    define: cjs ? { "import.meta.url": "__address" } : {},
    banner: cjs
      ? { js: 'const __address = typeof __filename === "string" ? require("node:url").pathToFileURL(__filename).href : "";' }
      : {},
  };
}

/** Gives the entries the glue of their build, and the core itself in the form they take it. */
function parts(core) {
  return {
    name: "parts",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^larkspur-glue$/ }, () => ({ path: join(core, "larkspur_wasm.js") }));
      onResolve({ filter: /^larkspur-module$/ }, () => ({ path: "./larkspur.wasm", external: true }));
      onResolve({ filter: /^larkspur-inline$/ }, () => ({ path: "larkspur.wasm", namespace: "inline" }));
      onLoad({ filter: /.*/, namespace: "inline" }, ({ path }) => {
        const text = readFileSync(join(dist, path)).toString("base64");
        return { contents: `export default ${JSON.stringify(text)};`, loader: "js" };
      });
    },
  };
}

/** The types, once as modules and once for CommonJS. */
function declarations() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const words = [
    "-p",
    join(root, "tsconfig.json"),
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--stripInternal",
    "--outDir",
    join(dist, "types"),
  ];
  execFileSync(process.execPath, [tsc, ...words], { stdio: "inherit" });
  for (const entry of readdirSync(join(dist, "types/entry"))) {
    if (entry !== "slim.d.ts") rmSync(join(dist, "types/entry", entry));
  }
}

/** Writes each name of the catalogue out, so that an editor knows them. */
async function names() {
  const glue = await import(pathToFileURL(join(server, "larkspur_wasm.js")));
  glue.initSync({ module: new WebAssembly.Module(readFileSync(join(dist, "larkspur.wasm"))) });
  const below = (number, depth) => {
    const entries = glue.names(number).map((name) => {
      if (depth === 4) return `readonly ${name}: Operation;`;
      return `readonly ${name}: {${below(glue.find(number, name), depth + 1)}};`;
    });
    return entries.join("\n");
  };
  const text = `import type { Operation } from "./operation.js";\n/** The services of the platform. */\nexport interface Api {\n${below(0, 1)}\n}\n`;
  writeFileSync(join(dist, "types/api.d.ts"), text);
  const types = join(dist, "types");
  cpSync(types, join(dist, "types-cjs"), { recursive: true });
  writeFileSync(join(dist, "types-cjs/package.json"), '{ "type": "commonjs" }\n');
}

/** What is published knows nothing of how it was built. */
function manifest() {
  const { devDependencies: _, scripts: __, private: ___, ...own } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(dist, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
  cpSync(join(root, "..", "LICENSE"), join(dist, "LICENSE"));
  cpSync(join(root, "README.md"), join(dist, "README.md"));
}
