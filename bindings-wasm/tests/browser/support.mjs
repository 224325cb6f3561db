// What the browser tests share: a sandbox, Chromium, and a small server for pages.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { toNodeHandler } from "larkspur/proxy";
import { chromium } from "playwright-core";

/** The installed package. */
export const PACKAGE = dirname(createRequire(import.meta.url).resolve("larkspur/package.json"));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** Starts a sandbox; it ends with this process, or when `close` is called. */
export async function startSandbox() {
  const child = spawn(process.env.LARKSPUR_SANDBOX, ["--port", "0", "--quiet", "--with-parent"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.once("line", (line) => resolve(line.replace("listening on ", "").trim()));
    child.once("exit", (code) => reject(new Error(`the sandbox ended (${code})`)));
  });
  const control = async (door, body) => {
    const answer = await fetch(
      `${url}/__sandbox/${door}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    );
    if (!answer.ok) throw new Error(`${door}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json().catch(() => undefined);
  };
  return { url, control, close: () => child.stdin.end() };
}

/** Starts headless Chromium. */
export function startBrowser() {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: process.env.LARKSPUR_CHROMIUM, headless: true, args });
}

/** Serves Fetch handlers by the beginning of the path; the longest that fits answers. */
export async function startServer(handlers) {
  const prefixes = Object.keys(handlers).sort((one, other) => other.length - one.length);
  const answer = async (request) => {
    const { pathname } = new URL(request.url);
    const prefix = prefixes.find((prefix) => pathname.startsWith(prefix));
    return prefix === undefined ? new Response("not here", { status: 404 }) : handlers[prefix](request);
  };
  const server = createServer(toNodeHandler(answer));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** Serves the files of a folder below a path. */
export function files(prefix, folder) {
  return async (request) => {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(prefix.length)) || "index.html";
    const bytes = name.includes("..") ? undefined : await readFile(join(folder, name)).catch(() => undefined);
    if (!bytes) return new Response("not here", { status: 404 });
    return new Response(bytes, { headers: { "content-type": TYPES[extname(name)] ?? "application/octet-stream" } });
  };
}

/** A page that does nothing but let its script import the package unbundled. */
export function blank() {
  const beside = ["h5", "about", "testing"].map((name) => [`larkspur/${name}`, `/larkspur/${name}.mjs`]);
  const map = JSON.stringify({ imports: { larkspur: "/larkspur/browser.mjs", ...Object.fromEntries(beside) } });
  const html = `<!doctype html><html lang="en"><title>page</title><script type="importmap">${map}</script>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}

/** Opens a page and collects what it throws; `prepare` gets the page before anything is loaded. */
export async function open(browser, url, prepare = () => {}, options = {}) {
  const page = await browser.newPage(options);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await prepare(page);
  await page.goto(url);
  return { page, errors };
}
