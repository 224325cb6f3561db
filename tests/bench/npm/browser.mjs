// What a page downloads, beside the official SDK's ES bundle, and how soon a client in Chromium has sent its first request.
// Writes the rows of the table to the file behind `--out`.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { zipped } from "./zipped.mjs";
import { PACKAGE, blank, files, startBrowser, startServer } from "../tests/browser/support.mjs";

const RUNS = 15;
const PEER = "@larksuiteoapi/node-sdk";

const out = process.argv[process.argv.indexOf("--out") + 1];
const rows = [...(await downloads()), budget(), await interactive()];
writeFileSync(out, `${JSON.stringify(rows, null, 2)}\n`);

/** What a page loads: minified JavaScript and the core, the catalogue in it. */
function ours() {
  return kilobytes(readFileSync(join(PACKAGE, "browser.mjs")), readFileSync(join(PACKAGE, "larkspur-browser.wasm")));
}

function kilobytes(...texts) {
  return zipped(...texts) / 1000;
}

/** The peer's ES file as it is published; with what it imports (but for Node's own modules); and that minified, as a bundler delivers it. */
async function downloads() {
  const file = join(dirname(createRequire(import.meta.url).resolve(`${PEER}/package.json`)), "es", "index.js");
  const peers = [
    ["es/index.js alone", readFileSync(file), 8],
    ["es/index.js with its dependencies", await bundled(file, false), null],
    ["the same minified", await bundled(file, true), null],
  ];
  return peers.map(([name, text, need]) => {
    const [peer, own] = [kilobytes(text), ours()];
    const holds = need === null ? null : peer / own >= need;
    return {
      work: "download, gzip, catalogue included",
      unit: "KB",
      ours: own,
      peer,
      peer_name: `${PEER}, ${name}`,
      ratio: peer / own,
      need,
      holds,
    };
  });
}

async function bundled(file, minify) {
  const made = await build({
    entryPoints: [file],
    bundle: true,
    minify,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  return made.outputFiles[0].contents;
}

function budget() {
  return {
    work: "download, gzip, at most",
    unit: "KB",
    ours: ours(),
    peer: null,
    peer_name: null,
    ratio: null,
    need: 120,
    holds: ours() < 120,
  };
}

/** From the first line of the page's script, with the bytes in the browser's cache, to the first request. */
async function interactive() {
  const server = await startServer({
    "/": blank,
    "/larkspur/": cached(files("/larkspur/", PACKAGE)),
    "/lark/": async () => Response.json({ code: 0, msg: "success", data: {} }),
  });
  const browser = await startBrowser();
  const context = await browser.newContext();
  const times = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const page = await context.newPage();
    await page.goto(`${server.url}/`);
    times.push(await page.evaluate(firstRequest));
    await page.close();
  }
  await browser.close();
  await server.close();
  // The first run brings the bytes into the cache.
  const sorted = times.slice(1).sort((one, other) => one - other);
  const ours = sorted[RUNS >> 1];
  const spread = `${sorted[0].toFixed(1)} to ${sorted.at(-1).toFixed(1)}`;
  return {
    work: "Chromium: core instantiated, first request sent",
    unit: "ms",
    ours,
    peer: null,
    peer_name: null,
    ratio: null,
    need: 50,
    holds: ours < 50,
    spread,
  };
}

/** In the page: how long the import, the client and its first call take until the call reaches `fetch`. */
async function firstRequest() {
  const start = performance.now();
  const { Client } = await import("larkspur");
  let sent;
  const seen = (url, init) => ((sent = performance.now()), globalThis.fetch(url, init));
  await new Client({ baseUrl: "/lark", fetch: seen }).contact.v3.user.get({
    user_id: "ou_1",
  });
  return sent - start;
}

function cached(handler) {
  return async (request) => {
    const answer = await handler(request);
    answer.headers.set("cache-control", "public, max-age=3600, immutable");
    return answer;
  };
}
