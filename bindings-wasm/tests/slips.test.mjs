/** What goes wrong in programs around the client: slips, functions that throw, readers that leave, servers that die half-way. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Client, format, larkspur, message } from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const GET = { message_id: "om_1" };
const SENDS = [undefined, (url, init) => fetch(url, init)];
const never = () => new Promise(() => {});

/** A client with a token of its own, over Node's HTTP or over `fetch`. */
function client(baseUrl, { fetch, ...options } = {}) {
  return new Client({
    appId: "cli_slip",
    baseUrl,
    tokenProvider: () => "t-1",
    maxRetries: 0,
    ...(fetch && { fetch }),
    ...options,
  });
}

/** Runs something beside a server of its own. */
async function beside(answer, work) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("options of the wrong kind are refused with their name", async () => {
  for (const [options, pattern] of [
    [null, /the options are null/],
    ["cli_a1", /the options are cli_a1/],
    [{ tokenProvider: "t-1" }, /tokenProvider is no function/],
    [{ fetch: {} }, /fetch is no function/],
    [{ onRetry: "log" }, /onRetry is no function/],
    [{ clientAssertion: "jwt" }, /clientAssertion is no function/],
    [{ appId: "a", appSecret: "s", baseUrl: "lark.example/x" }, /base_url is no URL/],
  ]) {
    assert.throws(
      () => new Client(options),
      (error) => larkspur.isConfigError(error) && pattern.test(error.message),
      String(pattern),
    );
  }
  const other = client("https://open.feishu.cn", { fetch: never });
  const get = (options) => other.im.v1.message.get(GET, options);
  await assert.rejects(get({ signal: new AbortController() }), /signal is no AbortSignal; pass the signal of a controller/);
  await assert.rejects(get({ onProgress: 1 }), /onProgress is no function/);
  await assert.rejects(get({ headers: { "X-A": "张" } }), /X-A holds 张, which is not ASCII/);
  await assert.rejects(other.request("GET", "/open-apis/x", null), /the options are null/);
  await assert.rejects(other.request(), /method or path is no string/);
});

test("a token provider that gives no text says what it gave", async () => {
  for (const [given, pattern] of [
    [5, /gave number instead of a token/],
    [undefined, /gave undefined instead of a token/],
    [{ token: 5 }, /instead of a token/],
    ["  ", /empty token/],
    ["t\r\nX: y", /control characters/],
  ]) {
    const sent = [];
    const careless = client("https://open.feishu.cn", { tokenProvider: () => given, fetch: (url) => sent.push(url) });
    await assert.rejects(careless.im.v1.message.get(GET), (error) => larkspur.isLarkError(error) && pattern.test(error.message));
    assert.deepEqual(sent, []);
  }
});

test("a fetch of one's own that throws at once, or gives no promise, ends the call", async () => {
  const throws = () => {
    throw new Error("no network here");
  };
  for (const fetch of [throws, () => undefined]) {
    await assert.rejects(client("https://open.feishu.cn", { fetch }).im.v1.message.get(GET), larkspur.TransportError);
  }
});

test("a server that dies half-way, or sends what is no answer, is told apart", async () => {
  const half = (_, response) => {
    response.writeHead(200, { "content-length": 100 }).write('{"code":0,');
    setTimeout(() => response.destroy(), 20);
  };
  const page = (status) => (_, response) => response.writeHead(status, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
  for (const fetch of SENDS) {
    const call = (url, options) => client(url, { fetch, maxAnswer: 1000 }).im.v1.message.get(GET, options);
    await beside(half, (url) => assert.rejects(call(url), { name: "TransportError", message: /the connection broke/ }));
    await beside(
      (request) => request.socket.destroy(),
      (url) => assert.rejects(call(url), { name: "TransportError" }),
    );
    await beside(never, (url) =>
      assert.rejects(call(url, { timeout: 500 }), { name: "TimeoutError", message: /no answer within 500 ms/ }),
    );
    await beside(page(502), (url) => assert.rejects(call(url), { name: "HttpError", status: 502, message: /Sign in/ }));
    await beside(page(200), (url) => assert.rejects(call(url), { name: "DecodeError", message: /no JSON \(text\/html\)/ }));
    const large = (_, response) => response.end(" ".repeat(5000));
    await beside(large, (url) => assert.rejects(call(url), { message: /more than 1000 bytes; raise max_answer/ }));
  }
});

test("a redirect is not followed, however it is sent", async () => {
  const elsewhere = (_, response) => response.writeHead(302, { location: "/login" }).end();
  for (const [fetch, pattern] of [
    [undefined, /HTTP 302/],
    [SENDS[1], /the answer is a redirect, which is not followed/],
  ]) {
    await beside(elsewhere, (url) => assert.rejects(client(url, { fetch }).im.v1.message.get(GET), pattern));
  }
});

test("text of every alphabet goes out as it is, and with its length", async () => {
  const text = "日本語 ü 🙂 \u2028";
  const echo = async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const sent = Buffer.concat(pieces);
    assert.equal(Number(request.headers["content-length"]), sent.length);
    response.end(JSON.stringify({ code: 0, msg: "ok", data: JSON.parse(sent) }));
  };
  for (const fetch of SENDS) {
    const post = (url) => client(url, { fetch }).request("POST", "/open-apis/x", { body: { text } });
    assert.deepEqual(await beside(echo, post), { text });
  }
});

test("who leaves a walk while a page is on its way ends the request", { timeout: 20_000 }, async () => {
  for (const fetch of SENDS) {
    let arrived, let_go;
    const [came, gone] = [new Promise((resolve) => (arrived = resolve)), new Promise((resolve) => (let_go = resolve))];
    const stalls = (request) => (request.on("close", let_go), arrived());
    await beside(stalls, async (url) => {
      const walk = client(url, { fetch }).contact.v3.user.findByDepartment.iter({ department_id: "0" });
      const next = walk.next();
      await came;
      assert.deepEqual(await walk.return(), { done: true, value: undefined });
      assert.deepEqual(await next, { done: true, value: undefined });
      await gone;
    });
  }
});

test("a loop over pages that is left asks for no further one", async () => {
  const app = await newApp();
  const walker = new Client(app.options());
  for await (const user of walker.contact.v3.user.findByDepartment.iter({ department_id: "0", page_size: 50 })) {
    if (user.open_id) break;
  }
  for await (const page of walker.contact.v3.user.findByDepartment.pages({ department_id: "0", page_size: 50 })) {
    if (page.items.length === 50) break;
  }
  assert.equal((await app.calls()).length, 2);
  await walker.close();
});

test("a progress function that throws changes nothing", async () => {
  const app = await newApp();
  for (const fetch of SENDS) {
    const files = new Client(app.options(fetch && { fetch }));
    const onProgress = () => {
      throw new Error("a hook");
    };
    const data = new Uint8Array(300_000);
    const { file_key } = await files.im.v1.file.create({ file_type: "stream", file: { name: "a", data } }, { onProgress });
    assert.equal((await (await files.im.v1.file.get({ file_key }, { onProgress })).bytes()).length, data.length);
    await files.close();
  }
});

test("a stream that has not the bytes that were said is no file", async () => {
  const app = await newApp();
  for (const [size, fetch] of [1, 500].flatMap((size) => SENDS.map((send) => [size, send]))) {
    const files = new Client(app.options({ ...(fetch && { fetch }) }));
    const data = new Blob([new Uint8Array(100)]).stream();
    const sent = files.im.v1.file.create({ file_type: "stream", file: { name: "a", data, size } });
    await assert.rejects(sent, { name: "ArgumentError", message: new RegExp(`it has not the ${size} bytes that were said`) });
    await files.close();
  }
});

test("a file is read once, and not at all once it is closed", async () => {
  const app = await newApp();
  const files = new Client(app.options());
  const data = new Uint8Array(3 << 20);
  const { file_key } = await files.im.v1.file.create({ file_type: "stream", file: { name: "a", data } });
  const file = await files.im.v1.file.get({ file_key });
  assert.equal((await file.bytes()).length, data.length);
  await assert.rejects(file.bytes(), /has been read or closed; make the call again/);
  const other = await files.im.v1.file.get({ file_key });
  const half = other.bytes();
  other.close();
  await assert.rejects(half, /has been read or closed/);
  await files.close();
});

test("what servers alone have is refused in a page with the way out", async (context) => {
  const slim = format === "cjs" ? createRequire(import.meta.url)("../dist/slim.cjs") : await import("../dist/slim.mjs");
  const { readFileSync } = await import("node:fs");
  slim.initSync(readFileSync(new URL("../dist/larkspur-browser.wasm", import.meta.url)));
  globalThis.document = {};
  context.after(() => delete globalThis.document);
  const page = new slim.Client({ baseUrl: "/lark" });
  for (const use of [
    () => page.jsapi.sign("https://app.example/"),
    () => page.oauth.authorize({}),
    () => page.forTenant("t"),
    () => page.exportTokens(),
  ]) {
    assert.throws(use, (error) => slim.isConfigError(error) && /is for servers.*use it on your backend/.test(error.message));
  }
  assert.throws(() => page.asUser("ou_1"), /pass \{ token/);
});

test("errors and messages of another copy of the package are known", async () => {
  const other = format === "cjs" ? await import("../dist/node.mjs") : createRequire(import.meta.url)("../dist/node.cjs");
  assert.notEqual(other.ApiError, larkspur.ApiError);
  const app = await newApp();
  const error = await new other.Client(app.options()).im.v1.message.get({ message_id: "om_none" }).catch((thrown) => thrown);
  assert.ok(!(error instanceof larkspur.ApiError));
  assert.ok(larkspur.isLarkError(error) && larkspur.isApiError(error) && larkspur.isNotFound(error));
  assert.ok(!larkspur.isAuthError(error) && !larkspur.isConfigError(error));
  const target = { receive_id_type: "chat_id", receive_id: "oc_1" };
  const sent = await new other.Client(app.options()).im.v1.message.create({ ...target, content: message.text("hello") });
  assert.match(sent.message_id, /^om_/);
});
