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

/** What every runtime that is supported can do. */
const FEATURES = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-multivalue",
];

const FAST = ["-O3"];

/** Functions stay apart and beside those that are like them, since gzip finds what they have in common; nothing lies in the first kilobyte, where the stack would end. */
const SMALL = [
  "--flatten",
  "--rereloop",
  "-Oz",
  "-Oz",
  "--reorder-functions-by-name",
  "--one-caller-inline-max-function-size=0",
  "--low-memory-unused",
  "--closed-world",
];
const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
optimise(server, "larkspur.wasm", FAST);
optimise(browser, "larkspur-browser.wasm", SMALL);
await Promise.all([
  ...ENTRIES.flatMap((entry) => entry.formats.map((format) => bundle(entry, format))),
  ...BESIDE.flatMap(beside),
]);
declarations();
await names();
manifest();

/** Makes the core faster for servers and smaller for pages, and what it and its glue call each other short; the glue is then `larkspur_short.js`. */
function optimise(folder, name, aim) {
  const binaryen = join(dirname(createRequire(import.meta.url).resolve("binaryen/package.json")), "bin", "wasm-opt");
  const words = [...FEATURES, ...aim, ...STRIP, "--minify-imports-and-exports-and-modules"];
  const from = join(folder, "larkspur_wasm_bg.wasm");
  const names = execFileSync(process.execPath, [binaryen, ...words, from, "-o", join(dist, name)], { encoding: "utf8" });
  const { imports, exports } = JSON.parse(names);
  let glue = readFileSync(join(folder, "larkspur_wasm.js"), "utf8");
  const [[module]] = imports;
  glue = replaced(glue, `"${module}": import0`, '"a": import0');
  for (const [, long, short] of imports) glue = replaced(glue, `        ${long}: function`, `        ${short}: function`);
  const called = new Map(exports);
  glue = glue.replace(/\bwasm\.(\w+)/g, (_, long) => `wasm.${called.get(long) ?? missing(long)}`);
  // A promise or a microtask of the runtime enters the core here, where nobody else would see it give up.
  glue = replaced(glue, "return f(a, state.b, ...args);", "return entered(() => f(a, state.b, ...args));");
  const runtime = join(root, "ts/runtime.ts");
  writeFileSync(join(folder, "larkspur_short.js"), `import { entered } from ${JSON.stringify(runtime)};\n${glue}`);
}

function replaced(text, from, to) {
  return text.includes(from) ? text.replace(from, () => to) : missing(from);
}

function missing(part) {
  throw new Error(`the glue of wasm-bindgen has no ${part}`);
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
      onResolve({ filter: /^larkspur-glue$/ }, () => ({ path: join(core, "larkspur_short.js") }));
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
  glue.initSync({ module: new WebAssembly.Module(readFileSync(join(server, "larkspur_wasm_bg.wasm"))) });
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
