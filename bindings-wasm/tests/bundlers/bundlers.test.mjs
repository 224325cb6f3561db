// A user's project for each bundler, built from the packed package, opened in Chromium, one call made.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "larkspur";
import { createProxy } from "larkspur/proxy";
import { createServer } from "vite";
import { PACKAGE, files, open, startBrowser, startSandbox, startServer } from "../browser/support.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
let browser, sandbox, proxy;

before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  const client = new Client({ appId: "cli_bundle", appSecret: "s", baseUrl: sandbox.url });
  proxy = createProxy({ client, allow: ["contact.v3.user.findByDepartment", "im.v1.message.create"] });
});

after(async () => {
  await browser?.close();
  sandbox?.close();
});

/** Builds a project, which is the one page and script of all of them, as its own `npm run build` does. */
function build(project) {
  for (const file of ["index.html", "main.js"]) copyFileSync(join(HERE, file), join(HERE, project, file));
  const { status, stdout, stderr } = spawnSync("npm", ["run", "build"], { cwd: join(HERE, project), encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
}

/** Opens the page and waits for the names that its one call brings. */
async function names(url) {
  const cores = [];
  const { page, errors } = await open(browser, url, (page) => {
    page.on("response", (answer) => /\.wasm$/.test(answer.url()) && cores.push(answer.headers()["content-type"]));
  });
  await page
    .waitForFunction(() => document.querySelector("output").textContent !== "", undefined, { timeout: 20_000 })
    .catch((error) => {
      throw new Error(`${error.message}; ${errors.join("; ")}`);
    });
  const text = await page.locator("output").textContent();
  assert.deepEqual(cores, ["application/wasm"]);
  assert.match(await page.evaluate(async () => (await globalThis.greet()).message_id), /^om_/);
  assert.deepEqual(cores, ["application/wasm", "application/wasm"]);
  await page.close();
  assert.deepEqual(errors, []);
  return text;
}

async function served(handlers, work) {
  const server = await startServer({ ...handlers, "/lark/": proxy });
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

const built = (project) => async () => {
  build(project);
  const text = await served({ "/": files("/", join(HERE, project, "dist")) }, (url) => names(`${url}/`));
  assert.equal(text.split(", ").length, 3, text);
};

test("Vite", built("vite"));
test("webpack", built("webpack"));
test("esbuild", built("esbuild"));

test("no bundler, a script module and an import map", async () => {
  const map = '<script type="importmap">{ "imports": { "larkspur": "/larkspur/browser.mjs" } }</script>';
  const html = readFileSync(join(HERE, "index.html"), "utf8").replace("<script", `${map}<script`);
  const handlers = {
    "/": async () => new Response(html, { headers: { "content-type": "text/html" } }),
    "/main.js": files("/", HERE),
    "/larkspur/": files("/larkspur/", PACKAGE),
  };
  assert.equal((await served(handlers, (url) => names(`${url}/`))).split(", ").length, 3);
});

test("Vite's development server", async () => {
  // It serves nothing from outside of the project, and a project has its packages inside.
  cpSync(PACKAGE, join(HERE, "vite/node_modules/larkspur"), { recursive: true });
  await served({}, async (target) => {
    const vite = await createServer({
      root: join(HERE, "vite"),
      logLevel: "error",
      server: { port: 0, host: "127.0.0.1", proxy: { "/lark": { target } } },
    });
    try {
      await vite.listen();
      assert.equal((await names(`http://127.0.0.1:${vite.httpServer.address().port}/`)).split(", ").length, 3);
    } finally {
      await vite.close();
    }
  });
});

test("only the cores for pages are in what a bundler ships", () => {
  const shipped = readdirSync(join(HERE, "vite/dist/assets"));
  const cores = shipped.filter((name) => name.endsWith(".wasm")).sort();
  assert.equal(cores.length, 2, shipped.join(", "));
  for (const [at, core] of ["larkspur-browser.wasm", "larkspur-message.wasm"].entries())
    assert.equal(statSync(join(HERE, "vite/dist/assets", cores[at])).size, statSync(join(PACKAGE, core)).size);
});
