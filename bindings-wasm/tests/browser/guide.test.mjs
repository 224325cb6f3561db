// Every sample of the guide, as it is printed: the servers in Node, the pages in Chromium.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { PACKAGE, blank, files, open, startBrowser, startSandbox, startServer } from "./support.mjs";

const FOLDER = fileURLToPath(new URL("./guide/", import.meta.url));
const guide = await readFile(process.env.LARKSPUR_GUIDE, "utf8");
const blocks = [...guide.matchAll(/^```js\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(([, name, code]) => ({ name, code, ran: false }));
let browser, sandbox;

before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  Object.assign(process.env, {
    LARK_BASE_URL: sandbox.url,
    LARK_PROJECT_URL: sandbox.url,
    LARK_APP_ID: "cli_guide",
    LARK_APP_SECRET: "s",
  });
  await mkdir(FOLDER, { recursive: true });
});

after(async () => {
  await browser?.close();
  sandbox?.close();
  await rm(FOLDER, { recursive: true, force: true });
});

/** The next sample of this name that has not been run. */
function sample(name) {
  const found = blocks.find((block) => block.name === name && !block.ran);
  assert.ok(found, `the guide has no further sample ${name}`);
  found.ran = true;
  return found.code;
}

/** Imports a sample as a module. */
async function run(code) {
  const path = join(FOLDER, `${randomUUID()}.mjs`);
  await writeFile(path, code);
  return import(pathToFileURL(path).href);
}

/** Runs a sample as the script of a page of this server, and gives what it calls `result`. */
async function inPage(url, code, result, prepare) {
  const { page, errors } = await open(browser, url, prepare);
  const value = await page.evaluate(
    async ([code, result]) => {
      const script = URL.createObjectURL(new Blob([`${code}\nexport default ${result};`], { type: "text/javascript" }));
      return (await import(script)).default;
    },
    [code, result],
  );
  await page.close();
  assert.deepEqual(errors, []);
  return value;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until somebody listens. */
async function answers(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nobody listens at ${url}`);
}

const PAGES = { "/": blank, "/larkspur/": files("/larkspur/", PACKAGE) };

/** Passes a request on to another server as it is. */
const passOn =
  (base, path = (pathname) => pathname) =>
  async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = request.method === "GET" ? undefined : await request.arrayBuffer();
    return fetch(base + path(pathname) + search, { method: request.method, headers: request.headers, body });
  };

test("A: the proxy on Node, and the page behind it", async () => {
  const { token } = await sandbox.control("users/token", { app_id: "cli_guide" });
  const port = await freePort();
  const given = `const port = ${port}, sessions = new Map([["session=ada", { token: "${token}" }]]);`;
  const path = join(FOLDER, "server.mjs");
  await writeFile(path, `${given}\n${sample("server.js")}`);
  const backend = spawn(process.execPath, [path], { stdio: ["ignore", "inherit", "inherit"] });
  const proxy = `http://127.0.0.1:${port}`;
  const server = await startServer({
    ...PAGES,
    // The page's browser keeps the cookie; Node's fetch takes no Origin of a page, so the proxy sees its own.
    "/lark/": async (request) => {
      const headers = new Headers(request.headers);
      for (const name of ["host", "connection"]) headers.delete(name);
      headers.set("origin", proxy);
      headers.set("cookie", "session=ada");
      return passOn(proxy)(new Request(request, { headers }));
    },
  });
  try {
    await answers(proxy);
    assert.match(await inPage(server.url, sample("page.js"), "sent.message_id"), /^om_/);
  } finally {
    backend.kill();
    await server.close();
  }
});

test("B: the page with a token of its own", async () => {
  const { token } = await sandbox.control("users/token", { app_id: "cli_guide" });
  const server = await startServer({
    ...PAGES,
    "/open/": passOn(sandbox.url, (pathname) => pathname.slice("/open".length)),
    "/my/token": async () => Response.json({ token, expiresAt: Date.now() + 3_600_000 }),
  });
  assert.equal(await inPage(server.url, sample("page.js"), "page.items.length > 0"), true);
  await server.close();
});

test("C: the Worker", async () => {
  const { default: worker } = await run(sample("worker.js"));
  const env = { LARK_APP_ID: "cli_guide", LARK_APP_SECRET: "s", LARK_BASE_URL: sandbox.url, PAGES: "https://pages.example" };
  const path = "https://worker.example/lark/open-apis/contact/v3/users/find_by_department?department_id=0";
  const answer = await worker.fetch(new Request(path, { headers: { origin: "https://pages.example" } }), env);
  assert.equal((await answer.json()).code, 0);
  assert.equal((await worker.fetch(new Request(path, { headers: { origin: "https://evil.example" } }), env)).status, 403);
});

test("inside the platform's client: the backend, and the page with a stand-in for the client's bridge", async () => {
  const port = await freePort();
  const backend = `http://127.0.0.1:${port}`;
  const forward = async (request) => {
    const headers = new Headers(request.headers);
    for (const name of ["host", "connection"]) headers.delete(name);
    headers.set("origin", server.url);
    return passOn(backend)(new Request(request, { headers }));
  };
  const server = await startServer({ ...PAGES, "/h5/": forward, "/lark/": forward });
  const path = join(FOLDER, "h5.mjs");
  await writeFile(path, `const port = ${port}, origins = ["${server.url}"];\n${sample("h5-server.js")}`);
  const running = spawn(process.execPath, [path], { stdio: ["ignore", "inherit", "inherit"] });
  const { code } = await sandbox.control("users/code", { app_id: "cli_guide", user: "ou_guide" });
  const bridge = (code) => {
    const h5sdk = { ready: (then) => then(), config: (given) => given.onSuccess((globalThis.signed = given)) };
    Object.assign(globalThis, { h5sdk, tt: { requestAccess: ({ success }) => success({ code }) } });
  };
  try {
    await answers(backend);
    const prepare = (page) => page.addInitScript(bridge, code);
    const told = await inPage(server.url, sample("h5-page.js"), "[me.open_id, signed.appId, signed.jsApiList]", prepare);
    assert.deepEqual(told, ["ou_guide", "cli_guide", ["chooseContact"]]);
  } finally {
    running.kill();
    await server.close();
  }
});

test("the fake", async () => {
  const { query, body } = (await run(`${sample("test.js")}\nexport default lark.calls[0];`)).default;
  assert.deepEqual([query.receive_id_type, body.receive_id, JSON.parse(body.content)], ["chat_id", "oc_1", { text: "hello" }]);
});

test("the samples of the package's own page, one after the other", async () => {
  const page = await readFile(join(PACKAGE, "README.md"), "utf8");
  const samples = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
  assert.equal(samples.length, 7);
  const { token } = await sandbox.control("users/token", { app_id: "cli_a1" });
  const { key } = await sandbox.control("files", { app_id: "cli_a1", kind: "file", size: 1000 });
  const bytes = "Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)";
  await sandbox.control("apps", { app_id: "cli_store", store: true, ticket: "ticket-1" });
  const auth = await fetch(`${sandbox.url}/open_api/authen/auth_code`, {
    method: "POST",
    headers: { cookie: "user=7000002", "content-type": "application/json" },
    body: JSON.stringify({ plugin_id: "MII_1", state: "1" }),
  });
  const { code } = (await auth.json()).data;
  const back = `const authCode = "${code}";
    const redirectUri = "https://app.example.com/cb", app_ticket = "ticket-1", chats = ["oc_1", "oc_2"];
    const comeBack = async (url) => {
      const answer = await fetch(url + "&sandbox_user=ou_1", { redirect: "manual" });
      return new URL(answer.headers.get("location")).searchParams.get("code");
    };`;
  await sandbox.control("apps", { app_id: "cli_a1", bot_secret: "secret" });
  const signer = `const botUrl = "${sandbox.url}/open-apis/bot/v2/hook/cli_a1";
    const part = (told) => Buffer.from(JSON.stringify(told)).toString("base64url");
    const sign = (aud) => [{ alg: "ES256" }, { sub: "cli_keyless", aud, exp: Math.round(Date.now() / 1000) + 60 }, "signature"].map(part).join(".");`;
  const given = `${back} ${signer} const token = "${token}", file_key = "${key}", bytes = ${bytes}; process.chdir(${JSON.stringify(FOLDER)}); console.log = () => {};`;
  const path = join(FOLDER, "readme.mjs");
  await writeFile(path, [given, ...samples].join("\n"));
  const ran = await promisify(execFile)(process.execPath, [path]);
  assert.equal(ran.stderr, "");
  assert.equal((await readFile(join(FOLDER, "report.pdf"))).length, 1000);
});

test("no sample of the guide is left out", () => {
  assert.deepEqual(
    blocks.filter((block) => !block.ran).map((block) => block.name),
    [],
  );
  assert.equal(blocks.length, guide.match(/^```js$/gm).length);
});
