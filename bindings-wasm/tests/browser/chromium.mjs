/**
 * A client that lives in Chromium and is used from Node: `Client` and `message` as the package has them, for tests that are written once.
 *
 * The browser is told to leave origins alone, so that it speaks to the sandbox itself, and the client runs in a worker that does not look like a
 * page's, so that it takes an app secret. All else is as in a page: the core, the engine and the network are Chromium's.
 */
import { dirname } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { PACKAGE, blank, files, startServer } from "./support.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
let browser;
let server;
let starting;
let made = 0;

after(async () => {
  await browser?.close();
  await server?.close();
});

/** The builders of messages; they hold no core of their own. */
export const message = new Proxy(
  {},
  {
    get:
      (_, kind) =>
      (...args) => ({ $message: [kind, args] }),
  },
);

/** The entry `larkspur/about`, with its own core. */
export const about = new Proxy(
  {},
  { get: (_, name) => (name === "then" ? undefined : (...args) => tell({ about: name, args })) },
);

/** Makes a client in Chromium; a promise, since what the constructor refuses is told from there. */
export class Client {
  constructor({ onRetry, ...options }) {
    const id = ++made;
    return tell({ id, make: apart(options, id) }, onRetry).then(() => remote({ id, onRetry, view: [], path: [] }));
  }
}

/** A host of its own for each client: Chromium shares connections by host, and sends a request again when one that it had kept dies. */
function apart(options, id) {
  const here = /^http:\/\/127\.0\.0\.1:/;
  if (!here.test(options.baseUrl)) return options;
  return { ...options, baseUrl: options.baseUrl.replace(here, `http://client-${id}.localhost:`), allowHttp: true };
}

/** Follows names until something is called. */
function remote(place) {
  const call = (...args) => calling(place, "call", args);
  const ways = {
    asUser: (user) => remote({ ...place, view: ["asUser", user] }),
    token: () => calling(place, "token", []),
    close: async () => void (await tell({ id: place.id, close: true })),
    raw: (...args) => calling(place, "raw", args),
    iter: (...args) => walking(place, "iter", args),
    pages: (...args) => walking(place, "pages", args),
  };
  return new Proxy(call, {
    get: (_, name) => (name === "then" ? undefined : (ways[name] ?? remote({ ...place, path: [...place.path, name] }))),
  });
}

function calling({ id, onRetry, view, path }, way, args) {
  return tell({ id, view, path, way, args }, onRetry);
}

async function* walking(place, way, args) {
  const { found, error } = await calling(place, way, args);
  yield* found;
  if (error) throw Object.assign(new Error(error.message), error);
}

/** Has something done in the worker; gives its answer or throws its error. */
async function tell({ id, ...order }, onRetry) {
  const page = await (starting ??= start());
  const answer = await page.evaluate(([id, text]) => globalThis.tell(id, text), [id, JSON.stringify(order, packed)]);
  const { value, error, retries } = revived(answer);
  for (const event of retries) onRetry?.(event);
  if (error) throw Object.assign(new Error(error.message), error);
  return value;
}

async function start() {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-web-security",
  ];
  browser = await chromium.launch({ executablePath: process.env.LARKSPUR_CHROMIUM, headless: true, args });
  const page = await (await browser.newContext({ userAgent: "larkspur/chromium" })).newPage();
  server = await startServer({ "/": files("/", HERE), "/blank": blank, "/larkspur/": files("/larkspur/", PACKAGE) });
  await page.goto(`${server.url}/blank`);
  await page.evaluate(() => {
    const worker = new Worker("/worker.mjs", { type: "module" });
    const waiting = new Map();
    let last = 0;
    worker.onerror = ({ message }) =>
      waiting.forEach((resolve) => resolve(JSON.stringify({ error: { name: "Error", message }, retries: [] })));
    worker.onmessage = ({ data: [number, text] }) => {
      waiting.get(number)(text);
      waiting.delete(number);
    };
    globalThis.tell = (id, text) =>
      new Promise((resolve) => (waiting.set(++last, resolve), worker.postMessage([last, id, text])));
  });
  return page;
}

/** Bytes cross as base64. */
function packed(_, value) {
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : value;
}

function revived(text) {
  return JSON.parse(text, (_, value) => {
    if (value?.$bytes !== undefined) return new Uint8Array(Buffer.from(value.$bytes, "base64"));
    if (value?.$download) return { ...value.$download, bytes: async () => value.$download.content };
    return value;
  });
}
