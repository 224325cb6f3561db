// The proxy as a function: what it lets through, and what reaches the platform.
import assert from "node:assert/strict";
import { createServer, request as send } from "node:http";
import { test } from "node:test";
import { createProxy, toNodeHandler } from "larkspur/proxy";
import { fake } from "larkspur/testing";
import { startSandbox } from "./support.mjs";
import { Client } from "larkspur";

const HOST = "https://app.example";
const USERS = "/lark/open-apis/contact/v3/users/ou_1";

/** A request as a browser sends it from a page of the proxy's own origin. */
function fromPage(path, { method = "GET", headers = {}, ...rest } = {}) {
  const own = method === "GET" ? { "sec-fetch-site": "same-origin" } : { origin: HOST, "content-type": "application/json" };
  return new Request(HOST + path, { method, headers: { ...own, ...headers }, ...rest });
}

function setUp(options = {}) {
  const lark = fake();
  lark
    .on("contact.v3.user.get")
    .reply({ user: { name: "Ada" } }, { logId: "log-1", headers: { "set-cookie": "theirs=1", "x-internal": "1" } });
  lark.on("im.v1.message.create").reply({ message_id: "om_1" });
  const allow = ["contact.v3.user.get", "im.v1.message.create"];
  return { lark, proxy: createProxy({ client: lark.client(), allow, ...options }) };
}

test("passes a call on with the app's token and without what is the page's own", async () => {
  const { lark, proxy } = setUp();
  const headers = {
    cookie: "session=1",
    authorization: "Bearer of-the-page",
    "x-forwarded-for": "1.2.3.4",
    accept: "application/json",
  };
  const answer = await proxy(fromPage(`${USERS}?user_id_type=open_id`, { headers }));
  assert.deepEqual(await answer.json(), { code: 0, msg: "success", data: { user: { name: "Ada" } } });
  assert.equal(answer.headers.get("x-tt-logid"), "log-1");
  assert.deepEqual([answer.headers.get("set-cookie"), answer.headers.get("x-internal")], [null, null]);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const [call] = lark.calls;
  assert.deepEqual(
    [call.operation, call.as, call.query, call.pathParams],
    ["contact.v3.user.get", "app", { user_id_type: "open_id" }, { user_id: "ou_1" }],
  );
  for (const name of ["cookie", "x-forwarded-for", "origin", "sec-fetch-site"]) assert.equal(call.headers.get(name), null, name);
  assert.equal(call.headers.get("accept"), "application/json");
});

test("denies what is not on the list, and sends nothing", async () => {
  const { lark, proxy } = setUp();
  for (const [method, path, status] of [
    ["DELETE", "/lark/open-apis/im/v1/messages/om_1", 403],
    ["GET", "/lark/open-apis/contact/v3/users/batch", 403],
    ["GET", "/lark/open-apis/contact/v3/users/ou_1/", 403],
    ["GET", "/lark/open-apis/contact/v3/users/a%2F..%2Fb", 400],
    ["GET", "/lark/open-apis/contact/v3/users/a%5Cb", 400],
    ["GET", "/lark/open-apis/contact/v3/users/x/%2e%2e/batch", 403],
    ["GET", "/lark/", 404],
    ["POST", "/lark/open-apis/auth/v3/tenant_access_token/internal", 403],
  ]) {
    const answer = await proxy(fromPage(path, { method }));
    const { code, msg } = await answer.json();
    assert.deepEqual([answer.status, code], [status, status], `${method} ${path}: ${msg}`);
  }
  assert.deepEqual(lark.calls, []);
});

test("takes names in any spelling and refuses those that do not exist", async () => {
  const { lark } = setUp();
  const client = lark.client();
  const proxy = createProxy({ client, allow: ["contact.v3.User.GET", "im.v1.message.create"] });
  assert.equal((await proxy(fromPage(USERS))).status, 200);
  assert.throws(() => createProxy({ client, allow: ["im.v1.message.craete"] }), /im\.v1\.message\.create/);
  assert.throws(() => createProxy({ client }), /allow is missing/);
  assert.throws(() => createProxy({ client: {}, allow: [] }), /no client of this package/);
  assert.throws(() => createProxy({ client, allow: [], origins: ["app.example"] }), /is no origin/);
  assert.throws(() => createProxy({ client, allow: [], origins: ["https://app.example/"] }), /is no origin/);
  assert.throws(() => createProxy({ client, allow: [], maxBody: 0 }), /maxBody/);
});

test("gives a user the authority of that user and never the app's", async () => {
  const users = { ada: { token: "u-ada" }, broken: { token: "u\r\nx" } };
  const user = async (request) => users[request.headers.get("cookie")] ?? null;
  const allow = ["contact.v3.user.get", { operation: "im.v1.message.create", as: "app" }];
  const { lark, proxy } = setUp({ user, allow });
  const nobody = await proxy(fromPage(USERS));
  const refusal = await nobody.json();
  assert.deepEqual([nobody.status, refusal.code], [401, 99991661]);
  assert.match(refusal.msg, /needs a user; sign in first/);
  assert.equal((await proxy(fromPage(USERS, { headers: { cookie: "broken" } }))).status, 500);
  assert.deepEqual(lark.calls, []);
  assert.equal((await proxy(fromPage(USERS, { headers: { cookie: "ada" } }))).status, 200);
  const body = JSON.stringify({ receive_id: "oc_1" });
  assert.equal(
    (await proxy(fromPage("/lark/open-apis/im/v1/messages?receive_id_type=chat_id", { method: "POST", body }))).status,
    200,
  );
  assert.deepEqual(
    lark.calls.map((call) => [call.as, call.headers.get("authorization")]),
    [
      ["user", "Bearer u-ada"],
      ["app", "Bearer t-fake"],
    ],
  );
});

test("refuses to be made where an operation does not take the authority it would get", () => {
  const client = fake().client();
  const user = () => null;
  assert.throws(
    () => createProxy({ client, allow: ["authen.v1.userInfo.get"] }),
    /takes a user access token; pass the user function/,
  );
  assert.throws(() => createProxy({ client, allow: ["im.v1.chat.delete_bot_of_none"] }), /not in the catalogue/);
  assert.throws(() => createProxy({ client, user, allow: ["im.v1.batchMessage.getProgress"] }), /as: "app"/);
  assert.throws(() => createProxy({ client, allow: [{ operation: "contact.v3.user.get", as: "user" }] }), /needs a user/);
  assert.throws(() => createProxy({ client, allow: [{ operation: "contact.v3.user.get", as: "root" }] }), /"app" or "user"/);
});

test("lets only pages of its own origin or of the list call", async () => {
  const status = async (proxy, method, headers) => (await proxy(new Request(HOST + USERS, { method, headers }))).status;
  const own = setUp().proxy;
  for (const [method, headers, expected] of [
    ["GET", { "sec-fetch-site": "same-origin" }, 200],
    ["GET", {}, 200],
    ["GET", { origin: HOST }, 200],
    ["GET", { origin: "https://evil.example" }, 403],
    ["GET", { origin: "null" }, 403],
    ["GET", { origin: `${HOST}.evil.example` }, 403],
    ["GET", { "sec-fetch-site": "cross-site" }, 403],
    ["GET", { "sec-fetch-site": "same-site" }, 403],
    ["GET", { "sec-fetch-site": "none" }, 403],
    ["POST", {}, 403],
  ]) {
    assert.equal(await status(own, method, headers), expected, `${method} ${JSON.stringify(headers)}`);
  }
  const listed = setUp({ origins: ["https://pages.example"] }).proxy;
  assert.equal(await status(listed, "GET", { origin: "https://pages.example", "sec-fetch-site": "cross-site" }), 200);
  assert.equal(await status(listed, "GET", { origin: HOST }), 403);
});

test("answers pages of listed origins with CORS headers, and their preflight requests", async () => {
  const { lark, proxy } = setUp({ origins: ["https://pages.example"] });
  const origin = "https://pages.example";
  const ask = (origin) =>
    proxy(new Request(HOST + USERS, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } }));
  const preflight = await ask(origin);
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
  assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
  assert.match(preflight.headers.get("access-control-allow-headers"), /content-type/);
  const refused = await ask("https://evil.example");
  assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [403, null]);
  assert.deepEqual(lark.calls, []);
  const answer = await proxy(new Request(HOST + USERS, { headers: { origin } }));
  assert.equal(answer.headers.get("access-control-allow-origin"), origin);
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
  assert.match(answer.headers.get("access-control-expose-headers"), /x-tt-logid/);
  assert.equal(answer.headers.get("vary"), "Origin");
});

test("limits the body, whatever its length is said to be", async () => {
  const { lark, proxy } = setUp({ maxBody: 64 });
  const path = "/lark/open-apis/im/v1/messages?receive_id_type=chat_id";
  const post = (body, headers) => proxy(fromPage(path, { method: "POST", body, headers, duplex: "half" }));
  const pieces = (count) =>
    new ReadableStream({
      start(sink) {
        for (let piece = 0; piece < count; piece += 1) sink.enqueue(new TextEncoder().encode('{"a":"0123456789"}'.padEnd(32)));
        sink.close();
      },
    });
  for (const body of [JSON.stringify({ receive_id: "x".repeat(64) }), pieces(3)]) {
    const answer = await post(body);
    assert.deepEqual([answer.status, (await answer.json()).code], [413, 413]);
  }
  assert.equal((await post(pieces(3), { "content-type": "multipart/form-data; boundary=b" })).status, 413);
  assert.deepEqual(
    lark.calls.filter((call) => call.body !== undefined),
    [],
  );
  assert.equal((await post(JSON.stringify({ receive_id: "oc_1" }))).status, 200);
  assert.deepEqual(lark.calls.at(-1).body, { receive_id: "oc_1" });
});

test("streams a long answer, and lets go of the platform when the page goes", async () => {
  let sink;
  let isCancelled = false;
  const lark = fake();
  const fetch = async (url, init) => {
    if (String(url).includes("/auth/v3/")) return lark.fetch(url, init);
    const body = new ReadableStream({ start: (controller) => (sink = controller), cancel: () => (isCancelled = true) });
    return new Response(body, { headers: { "content-type": "application/octet-stream", "content-length": "6" } });
  };
  const proxy = createProxy({ client: lark.client({ fetch }), allow: ["drive.v1.file.download"] });
  const answer = await proxy(fromPage("/lark/open-apis/drive/v1/files/box_1/download"));
  assert.equal(answer.headers.get("content-security-policy"), "default-src 'none'; sandbox");
  const reader = answer.body.getReader();
  sink.enqueue(new Uint8Array([1, 2, 3]));
  assert.deepEqual([...(await reader.read()).value], [1, 2, 3]);
  await reader.cancel();
  assert.equal(isCancelled, true);
});

test("says what went wrong on the way without telling more", async () => {
  const reported = [];
  const onError = (error) => reported.push(error.message);
  const { lark, proxy } = setUp({ onError });
  lark.on("contact.v3.user.get").breaks();
  await proxy(fromPage(USERS));
  const broken = await proxy(fromPage(USERS));
  assert.deepEqual([broken.status, await broken.json()], [502, { code: 502, msg: "the platform cannot be reached" }]);
  const failing = setUp({
    user: () => {
      throw new Error("database password is hunter2");
    },
    onError,
  }).proxy;
  const failed = await failing(fromPage(USERS));
  assert.equal(failed.status, 500);
  assert.doesNotMatch(await failed.text(), /hunter2/);
  assert.deepEqual(reported, ["database password is hunter2"]);
  const redirects = createProxy({
    client: fake().client({
      fetch: async (url, init) =>
        String(url).includes("/auth/v3/") ? lark.fetch(url, init) : Response.redirect("https://evil.example/"),
    }),
    allow: ["contact.v3.user.get"],
  });
  const redirected = await redirects(fromPage(USERS));
  assert.deepEqual([redirected.status, redirected.headers.get("location")], [502, null]);
});

test("fetches another token when the platform refuses the one it had", async () => {
  const sandbox = await startSandbox();
  try {
    const client = new Client({ appId: "cli_proxy", appSecret: "s", baseUrl: sandbox.url });
    const proxy = createProxy({ client, allow: ["contact.v3.department.list", "im.v1.message.create"] });
    const list = () => proxy(fromPage("/lark/open-apis/contact/v3/departments?parent_department_id=0"));
    assert.equal((await list()).status, 200);
    await sandbox.control("tokens/expire", { app_id: "cli_proxy" });
    const body = JSON.stringify({ receive_id: "oc_1", msg_type: "text", content: '{"text":"hi"}' });
    const sent = await proxy(fromPage("/lark/open-apis/im/v1/messages?receive_id_type=chat_id", { method: "POST", body }));
    assert.equal((await sent.json()).code, 0);
    const { requests } = await sandbox.control("requests?app_id=cli_proxy");
    assert.deepEqual(
      requests.map(({ status }) => status),
      [200, 200, 400, 200, 200],
    );
    assert.deepEqual(
      requests.map(({ token }) => token?.label ?? null),
      [null, "tenant#1", "tenant#1", null, "tenant#2"],
    );
  } finally {
    sandbox.close();
  }
});

test("Node's own HTTP gets every cookie, and a long answer at the pace of who reads it", async () => {
  const chunk = new Uint8Array(64 << 10);
  const warnings = [];
  const warn = (warning) => warnings.push(warning.message);
  process.on("warning", warn);
  const answer = async () => {
    let left = 400;
    const body = new ReadableStream({ pull: (sink) => (left-- > 0 ? sink.enqueue(chunk) : sink.close()) });
    const headers = new Headers([1, 2].map((name) => ["set-cookie", `c${name}=1`]));
    return new Response(body, { headers });
  };
  const server = createServer(toNodeHandler(answer));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const got = await new Promise((resolve) => send({ port: server.address().port, host: "127.0.0.1" }, resolve).end());
  assert.deepEqual(got.headers["set-cookie"], ["c1=1", "c2=1"]);
  let size = 0;
  for await (const piece of got) size += piece.length;
  assert.equal(size, 400 * chunk.length);
  process.off("warning", warn);
  server.close();
  assert.deepEqual(warnings, []);
});

test("serves Node's own HTTP, and takes the host from where the request came to", async () => {
  const { lark, proxy } = setUp();
  const server = createServer(toNodeHandler(proxy));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const ask = (path, headers, method = "GET", body = undefined) =>
    new Promise((resolve, reject) => {
      const asked = send({ port, host: "127.0.0.1", path, method, headers }, (answer) => {
        let text = "";
        answer.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: answer.statusCode, text }));
      });
      asked.on("error", reject).end(body);
    });
  try {
    const own = { origin: `http://127.0.0.1:${port}` };
    assert.equal((await ask(USERS, own)).status, 200);
    assert.equal((await ask(`//evil.example${USERS}`, { origin: "http://evil.example" })).status, 403);
    const body = JSON.stringify({ receive_id: "oc_1" });
    const posted = await ask(
      "/lark/open-apis/im/v1/messages?receive_id_type=chat_id",
      { ...own, "content-type": "application/json" },
      "POST",
      body,
    );
    assert.equal(posted.status, 200, posted.text);
    assert.deepEqual(lark.calls.at(-1).body, { receive_id: "oc_1" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
