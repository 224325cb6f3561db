/** The ways to the network in Node: https with a certificate of one's own, proxies, the environment. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Client, larkspur } from "./larkspur.mjs";

/** Made for tests alone: it vouches for nothing but 127.0.0.1. */
const FOLDER = new URL("../../bindings-py/tests/certificate/", import.meta.url);
const [cert, key] = ["certificate.pem", "key.pem"].map((name) => readFileSync(new URL(name, FOLDER)));
const ANSWER = JSON.stringify({ code: 0, msg: "ok", tenant_access_token: "t-1", expire: 7200, data: { n: 1 } });

let plain, secure, proxy;
const seen = [];

before(async () => {
  const answer = (request, response) => request.resume().on("end", () => response.end(ANSWER));
  plain = await listening(createServer(answer));
  secure = await listening(createSecureServer({ cert, key }, answer));
  proxy = await listening(
    createServer((request, response) => {
      seen.push([request.method, request.url, request.headers["proxy-authorization"]]);
      answer(request, response);
    }).on("connect", tunnel),
  );
});

after(() => {
  for (const server of [plain, secure, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});

/** A proxy that lets nobody through without a password. */
function tunnel(request, client) {
  seen.push([request.method, request.url, request.headers["proxy-authorization"]]);
  if (!request.headers["proxy-authorization"]) return client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  const [host, port] = request.url.split(":");
  const server = connect(Number(port), host, () => {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    server.pipe(client).pipe(server);
  });
  for (const end of [client, server]) end.on("error", () => (client.destroy(), server.destroy()));
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function get(baseUrl, options) {
  const client = new Client({ appId: "cli_net", appSecret: "s", baseUrl, maxRetries: 0, ...options });
  try {
    return await client.im.v1.message.get({ message_id: "om_1" });
  } finally {
    await client.close();
  }
}

const at = (server, scheme = "http", login = "") => `${scheme}://${login}127.0.0.1:${server.address().port}`;
const BASIC = `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;

test("https: a certificate that nobody vouches for, and one that the program does", async () => {
  await assert.rejects(get(at(secure, "https")), larkspur.TlsError);
  for (const ca of [cert, String(cert), [cert]]) assert.deepEqual(await get(at(secure, "https"), { ca }), { n: 1 });
});

test("a proxy for plain http is told the whole address", async () => {
  seen.length = 0;
  assert.deepEqual(await get(at(plain), { proxy: at(proxy, "http", "ada:p%40ss@") }), { n: 1 });
  const paths = seen.map(([, url]) => url);
  assert.ok(
    paths.every((url) => url.startsWith(`${at(plain)}/open-apis/`)),
    paths.join(),
  );
  assert.deepEqual([...new Set(seen.map(([, , login]) => login))], [BASIC]);
});

test("a proxy for https tunnels, and sees nothing but the host", async () => {
  seen.length = 0;
  const options = { ca: cert, proxy: at(proxy, "http", "ada:p%40ss@") };
  assert.deepEqual(await get(at(secure, "https"), options), { n: 1 });
  assert.deepEqual(seen[0], ["CONNECT", `127.0.0.1:${secure.address().port}`, BASIC]);
  assert.deepEqual([...new Set(seen.map(([method]) => method))], ["CONNECT"]);
  await assert.rejects(get(at(secure, "https"), { proxy: at(proxy, "http", "ada:x@") }), larkspur.TlsError);
});

test("a proxy that refuses is named, without its password", async () => {
  const error = await get(at(secure, "https"), { ca: cert, proxy: at(proxy) }).catch((error) => error);
  assert.ok(error instanceof larkspur.ConnectError, String(error));
  assert.match(error.message, /proxy/);
});

test("the environment names the proxy, and its exceptions", async (context) => {
  context.after(() => ["http_proxy", "no_proxy"].forEach((name) => delete process.env[name]));
  process.env.http_proxy = at(proxy);
  seen.length = 0;
  await get(at(plain));
  assert.ok(seen.length > 0);
  seen.length = 0;
  await get(at(plain), { proxy: "none" });
  process.env.no_proxy = "example.com, 127.0.0.1";
  await get(at(plain));
  assert.deepEqual(seen, []);
});

test("what is no http proxy is refused", async (context) => {
  for (const proxy of ["socks5://127.0.0.1:1080", "127.0.0.1:3128"]) {
    await assert.rejects(get(at(plain), { proxy }), larkspur.ConfigError);
  }
  context.after(() => delete process.env.http_proxy);
  process.env.http_proxy = "socks5://127.0.0.1:1080";
  await assert.rejects(get(at(plain)), /proxy is no http URL/);
});

test("await using closes the client", async () => {
  const client = new Client({ appId: "cli_net", appSecret: "s", baseUrl: at(plain) });
  await client[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
  await assert.rejects(client.im.v1.message.get({ message_id: "om_1" }), /the client is closed/);
});
