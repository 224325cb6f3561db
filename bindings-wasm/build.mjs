/**
 * Puts the package together in `dist/`, from four builds of the core as the compiler left them:
 *
 *     node build.mjs SERVER_MODULE BROWSER_MODULE MESSAGE_MODULE ABOUT_MODULE CACHE_FOLDER
 *
 * In the folder stays what `wasm-opt` made of them, so that a core that has not changed is not made smaller twice.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { build } from "esbuild";
import { withOrder } from "./order.mjs";

const [server, browser, message, about, cache] = process.argv.slice(2).map((path) => resolve(path));
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** The entries and the formats they come in. */
const ENTRIES = [
  { name: "node", formats: ["esm", "cjs"], platform: "node" },
  { name: "workerd", formats: ["esm"] },
  { name: "inline", formats: ["esm", "cjs"] },
  { name: "browser", formats: ["esm"] },
  { name: "slim", formats: ["esm", "cjs"] },
  { name: "about-node", formats: ["esm", "cjs"], platform: "node" },
  { name: "about-workerd", formats: ["esm"] },
  { name: "about", formats: ["esm"] },
];

/** Files of their own that reach the core through a client. */
const BESIDE = ["h5", "proxy", "stores", "testing"].filter((name) => existsSync(join(root, "ts", `${name}.ts`)));

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

/** Functions stay apart, since gzip finds what they have in common; nothing lies in the first kilobyte, where the stack would end. */
const SMALL = [
  "--flatten",
  "--rereloop",
  "-Oz",
  "-Oz",
  "--one-caller-inline-max-function-size=0",
  "--low-memory-unused",
  "--closed-world",
];
const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** What `larkspur/about` calls, and `larkspur/testing` in a page. */
const ABOUT = [
  "route",
  "operation_at",
  "about",
  "scopes",
  "operations_of",
  "operations_in",
  "names",
  "memory",
  "room",
  "cells",
  "find",
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
optimise(server, "larkspur.wasm", FAST);
optimise(about, "larkspur-about.wasm", SMALL, (name) => ABOUT.includes(name));
optimise(browser, "larkspur-browser.wasm", SMALL);
optimise(message, "larkspur-message.wasm", SMALL);
await Promise.all([
  ...ENTRIES.flatMap((entry) => entry.formats.map((format) => bundle(entry, format))),
  ...BESIDE.flatMap(beside),
]);
declarations();
await names();
manifest();

/** Makes the core faster for servers and smaller for pages; where some exports alone are kept, so is what they reach. */
function optimise(module, name, aim, keeps) {
  const binaryenPackage = createRequire(import.meta.url).resolve("binaryen/package.json");
  const words = [...FEATURES, ...aim, ...STRIP];
  const orders = [...FEATURES, "--reorder-functions-by-name", ...STRIP];
  const source = readFileSync(module);
  const { version } = JSON.parse(readFileSync(binaryenPackage, "utf8"));
  const key = createHash("sha256")
    .update([version, name, keeps, ...words, ...orders].join())
    .update(readFileSync(join(root, "order.mjs")))
    .update(source)
    .digest("hex");
  const made = join(cache, `${key}.wasm`);
  if (!existsSync(made)) {
    mkdirSync(cache, { recursive: true });
    const [before, after] = [`${made}.${process.pid}.in`, `${made}.${process.pid}`];
    writeFileSync(before, keeps ? withExports(source, keeps) : source);
    const tool = join(dirname(binaryenPackage), "bin", "wasm-opt");
    execFileSync(process.execPath, [tool, ...words, before, "-o", after]);
    if (aim === SMALL) {
      writeFileSync(before, withOrder(readFileSync(after)));
      execFileSync(process.execPath, [tool, ...orders, before, "-o", after]);
    }
    rmSync(before);
    renameSync(after, made);
  }
  copyFileSync(made, join(dist, name));
}

function withExports(source, keeps) {
  const module = binaryen.readBinary(source);
  const names = Array.from(
    { length: module.getNumExports() },
    (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name,
  );
  names.filter((name) => !keeps(name)).forEach((name) => module.removeExport(name));
  return module.emitBinary();
}

async function bundle({ name, platform }, format) {
  await build({
    // Node shows the line of an error that nobody caught: it should be one of ours, not all of them.
    ...common(format, name === "node"),
    entryPoints: [join(root, "ts/entry", `${name}.ts`)],
    outfile: join(dist, `${name}.${format === "esm" ? "mjs" : "cjs"}`),
    platform: platform ?? "neutral",
    plugins: [parts()],
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
    // Constructors set what is declared.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    charset: "utf8",
    logLevel: "warning",
    // CommonJS has no address of its own file, but its name.
    define: cjs ? { "import.meta.url": "__address" } : {},
    banner: cjs
      ? { js: 'const __address = typeof __filename === "string" ? require("node:url").pathToFileURL(__filename).href : "";' }
      : {},
  };
}

/** Gives the entries the core in the form they take it. */
function parts() {
  return {
    name: "parts",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^larkspur-module$/ }, () => ({ path: "./larkspur.wasm", external: true }));
      onResolve({ filter: /^larkspur-about$/ }, () => ({ path: "./larkspur-about.wasm", external: true }));
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
  const { outputFiles } = await build({ ...common("esm"), entryPoints: [join(root, "ts/core.ts")], write: false });
  const { Core } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const core = new Core(new WebAssembly.Module(readFileSync(join(dist, "larkspur.wasm"))));
  const below = (number, depth) => {
    const entries = core
      .tell("names", [number])
      .split("\n")
      .map((name) => {
        if (depth === 1) return `readonly ${name}: Operation;`;
        return `readonly ${name}: {${below(core.make("find", [number], name), depth - 1)}};`;
      });
    return entries.join("\n");
  };
  const types = join(dist, "types");
  const write = (file, name, doc, root, depth) =>
    writeFileSync(
      join(types, file),
      `import type { Operation } from "./operation.js";\n/** ${doc} */\nexport interface ${name} {\n${below(root, depth)}\n}\n`,
    );
  write("api.d.ts", "Api", "The services of the platform.", 0, 4);
  write("project-api.d.ts", "ProjectApi", "The resources of Feishu Project.", 0xffff_ffff, 2);
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
