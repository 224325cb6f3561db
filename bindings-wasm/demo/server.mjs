// The backend of the demo page: its files, a simulated sign-in, and the proxy. `LARK_BASE_URL`, `LARK_APP_ID` and `LARK_APP_SECRET` name the
// sandbox and the app.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Client } from "larkspur";
import { createProxy, toNodeHandler } from "larkspur/proxy";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = dirname(createRequire(import.meta.url).resolve("larkspur/package.json"));
const FILES = { "/": "index.html", "/style.css": "style.css", "/page.js": "page.js" };
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** What the user of the demo did not agree to, so that there is an error to show. */
const MISSING = [
  "calendar:calendar",
  "calendar:calendar.calendar:readonly",
  "calendar:calendar:read",
  "calendar:calendar:readonly",
];

const sessions = new Map();
const client = new Client();
const proxy = createProxy({
  client,
  allow: ["im.v1.message.create", "contact.v3.user.findByDepartment", "calendar.v4.calendar.list"],
  user: (request) => sessionOf(request) ?? null,
  onError: (error) => console.error(error),
});

/** Answers one request of a browser. */
export async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/lark/")) return proxy(request);
  if (pathname === "/session") return session(request);
  return file(pathname);
}

/** Starts the server on a free port, or the one given. */
export async function start(port = 0) {
  const server = createServer(toNodeHandler(answer));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** In a real app: the code that the sign-in page of the platform sent back is exchanged for a token here. */
async function session(request) {
  if (request.method === "GET") return Response.json({ name: sessionOf(request)?.name ?? null });
  if (request.method === "DELETE") sessions.delete(cookie(request));
  if (request.method !== "POST") return Response.json({ name: null });
  // A form of another site cannot send this type without being asked about it first.
  if (request.headers.get("content-type") !== "application/json") return new Response("send JSON", { status: 415 });
  const { name } = await request.json();
  const id = randomUUID();
  sessions.set(id, { name: String(name), token: await userToken() });
  return Response.json({ name: String(name) }, { headers: { "set-cookie": `session=${id}; HttpOnly; SameSite=Lax; Path=/` } });
}

async function userToken() {
  const body = JSON.stringify({ app_id: client.appId, missing_scopes: MISSING });
  const made = await fetch(`${client.baseUrl}/__sandbox/users/token`, { method: "POST", body });
  if (!made.ok) throw new Error(`the sandbox gave no user token: ${made.status} ${await made.text()}`);
  return (await made.json()).token;
}

function sessionOf(request) {
  return sessions.get(cookie(request));
}

function cookie(request) {
  return /(?:^|; )session=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
}

async function file(pathname) {
  const own = FILES[pathname] && join(HERE, FILES[pathname]);
  const shipped = /^\/larkspur\/([\w.-]+)$/.exec(pathname)?.[1];
  const path = own ?? (shipped && join(PACKAGE, shipped));
  const bytes = path && (await readFile(path).catch(() => undefined));
  if (!bytes) return new Response("not here", { status: 404 });
  return new Response(bytes, {
    headers: { "content-type": TYPES[extname(path)] ?? "text/plain", "x-content-type-options": "nosniff" },
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await start(Number(process.env.PORT ?? 0));
  console.log(`listening on ${url}`);
}
