// A page inside the platform's client, for which a stand-in for that client's bridge is put into Chromium: from the page over the backend to
// the sandbox.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { Client } from "larkspur";
import { createH5 } from "larkspur/h5";
import { createProxy } from "larkspur/proxy";
import { PACKAGE, blank, files, open, startBrowser, startSandbox, startServer } from "./support.mjs";

const APP = "cli_h5";
let browser, sandbox, client, server, failures;
const sessions = new Map();

before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  client = new Client({ appId: APP, appSecret: "s", baseUrl: sandbox.url });
  const sessionOf = (request) => /session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  const h5 = createH5({
    client,
    signedIn: (user) => {
      const session = `s${sessions.size + 1}`;
      sessions.set(session, user);
      return Response.json({ name: user.openId }, { headers: { "set-cookie": `session=${session}; HttpOnly; Path=/` } });
    },
    onError: (error) => failures.push(error),
  });
  const user = (request) => sessions.get(sessionOf(request)) ?? null;
  const allow = ["authen.v1.userInfo.get"];
  server = await startServer({
    "/": blank,
    "/larkspur/": files("/larkspur/", PACKAGE),
    "/h5/": h5,
    "/bare/": createH5({ client }),
    "/slow/": () => new Promise(() => {}),
    "/html/": async () => new Response("<h1>hello</h1>"),
    "/lark/": createProxy({ client, allow, user, onError: (error) => failures.push(error) }),
  });
});

beforeEach(() => {
  failures = [];
});

after(async () => {
  await browser?.close();
  await server?.close();
  sandbox?.close();
});

/** A code as the platform's client gets it. */
async function newCode(more = {}) {
  return (await sandbox.control("users/code", { app_id: APP, user: "ou_ada", ...more })).code;
}

/**
 * Opens a page with a bridge, made by a function that runs before anything else, and does something in it with what `larkspur/h5` exports.
 * Gives its answer, or what is told of its error.
 */
async function inClient(bridge, given, work, path = "/app?tab=1#top") {
  const prepare = (page) => page.addInitScript(`globalThis.calls = []; (${bridge})(${JSON.stringify(given)});`);
  const opened = await open(browser, server.url + path, bridge && prepare);
  const answer = await opened.page.evaluate(async (source) => {
    const [larkspur, h5] = await Promise.all([import("larkspur"), import("larkspur/h5")]);
    try {
      return { value: await (0, eval)(`(${source})`)(h5, larkspur), calls: globalThis.calls };
    } catch (error) {
      const { name, message, reason, errno, status } = error;
      return { error: { name, message, reason, errno, status }, isOurs: error instanceof h5.H5Error, calls: globalThis.calls };
    }
  }, String(work));
  await opened.page.close();
  assert.deepEqual(opened.errors, []);
  return answer;
}

/** The bridge of a client; what it is asked stands in `calls`. */
function willing({ code, refuses, silent, old, older }) {
  const answer = (name) => (given) => {
    const { success, fail, onSuccess, onFail, ...rest } = given;
    globalThis.calls.push({ name, ...rest });
    if (silent) return;
    if (refuses?.[name]) return setTimeout(() => (fail ?? onFail)(refuses[name]));
    setTimeout(() => (success ?? onSuccess)(name === "config" ? {} : { code }));
  };
  globalThis.h5sdk = { ready: (then) => setTimeout(then), config: answer("config") };
  globalThis.tt = older ? {} : { requestAuthCode: answer("requestAuthCode") };
  if (!old && !older) globalThis.tt.requestAccess = answer("requestAccess");
}

test("a user signs in, and the page calls the platform with their authority", async () => {
  const { value, calls } = await inClient(willing, { code: await newCode() }, async (h5, { Client }) => {
    const told = await h5.signIn({ appId: "cli_h5", scopes: ["contact:user.base:readonly"] });
    const me = await new Client({ baseUrl: "/lark" }).authen.v1.userInfo.get();
    return [told.name, me.open_id];
  });
  assert.deepEqual(value, ["ou_ada", "ou_ada"]);
  assert.deepEqual(calls, [{ name: "requestAccess", appID: "cli_h5", scopeList: ["contact:user.base:readonly"] }]);
  const { requests } = await sandbox.control(`requests?app_id=${APP}`);
  const bought = requests.find(({ path }) => path.endsWith("/oauth/token"));
  assert.ok(!("redirect_uri" in JSON.parse(bought.body.text)));
  assert.equal(requests.at(-1).token.label.split("#")[0], "user");
  assert.deepEqual(failures, []);
});

test("the proxy renews the token of a user, and tells when they must sign in again", async () => {
  const code = await newCode({ user: "ou_bob", scope: "offline_access" });
  await inClient(willing, { code }, (h5) => h5.signIn({ appId: "cli_h5" }));
  const [session] = [...sessions].at(-1);
  const ask = async () => {
    const headers = { cookie: `session=${session}`, "sec-fetch-site": "same-origin" };
    const answer = await fetch(`${server.url}/lark/open-apis/authen/v1/user_info`, { headers });
    return [answer.status, (await answer.json()).data?.open_id];
  };
  assert.deepEqual(await ask(), [200, "ou_bob"]);
  await sandbox.control("tokens/expire", { app_id: APP });
  assert.deepEqual(await ask(), [200, "ou_bob"]);
  await sandbox.control("users/revoke", { app_id: APP });
  await sandbox.control("clock", { app_id: APP, advance: 8000 });
  await client.oauth.revoke("ou_bob");
  assert.deepEqual(await ask(), [401, undefined]);
});

test("where the client does not know requestAccess, the older function gives the code", async () => {
  for (const given of [{ old: true }, { refuses: { requestAccess: { errno: 103, errString: "unsupported" } } }]) {
    const { value, calls } = await inClient(willing, { code: "code-1", ...given }, (h5) => h5.requestAccess({ appId: "cli_h5" }));
    assert.equal(value, "code-1");
    assert.deepEqual(calls.at(-1), { name: "requestAuthCode", appId: "cli_h5" });
  }
});

test("a page is signed for at its own address, and the client gets the signature", async () => {
  const body = { code: 0, msg: "ok", data: { ticket: "js-1", expire_in: 7200 } };
  await sandbox.control("faults", { rules: [{ app_id: APP, path: "/open-apis/jssdk/ticket/get", then: { body } }] });
  const { calls, error } = await inClient(willing, {}, (h5) => h5.config({ jsApiList: ["chooseContact"] }));
  assert.equal(error, undefined);
  const [{ name, appId, timestamp, nonceStr, signature, jsApiList }] = calls;
  assert.deepEqual([name, appId, jsApiList], ["config", APP, ["chooseContact"]]);
  assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
  const text = `jsapi_ticket=js-1&noncestr=${nonceStr}&timestamp=${timestamp}&url=${server.url}/app?tab=1`;
  assert.equal(signature, createHash("sha1").update(text).digest("hex"));
});

test("what goes wrong in the page is told with its reason", async () => {
  const appId = "cli_h5";
  const asks = (h5) => h5.requestAccess({ appId: "cli_h5", timeout: 300 });
  const configures = (h5) => h5.config({ jsApiList: [], timeout: 300 });
  const refused = { refuses: { requestAccess: { errno: 2700002, errString: "user denied" } } };
  const failing = {
    refuses: { requestAccess: { errno: 2700001, errString: "no such app" }, config: { errorMessage: "wrong signature" } },
  };
  for (const [bridge, given, work, expected, message] of [
    [undefined, {}, asks, { reason: "missing" }, /open the page inside Feishu or Lark/],
    [undefined, {}, configures, { reason: "missing" }, /open the page inside Feishu or Lark/],
    [willing, { silent: true }, asks, { reason: "timeout" }, /requestAccess gave no answer in time/],
    [willing, { silent: true }, configures, { reason: "timeout" }, /config gave no answer in time/],
    [willing, refused, asks, { reason: "refused", errno: 2700002 }, /the user refused/],
    [willing, failing, asks, { reason: "failed", errno: 2700001 }, /requestAccess failed: no such app \(errno 2700001\)/],
    [willing, failing, configures, { reason: "failed" }, /config failed: wrong signature/],
    [willing, { older: true }, asks, { reason: "failed" }, /neither requestAccess nor requestAuthCode; update it/],
    [willing, {}, asks, { reason: "failed" }, /answered without a code/],
  ]) {
    const { error, isOurs } = await inClient(bridge, given, work);
    assert.match(error.message, message);
    assert.ok(isOurs && error.name === "H5Error", appId);
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, error.message);
  }
});

test("a client that throws, or never gets ready, is told too", async () => {
  const throws = () => {
    globalThis.tt = {
      requestAccess: () => {
        throw new Error("not here");
      },
    };
  };
  const thrown = await inClient(throws, {}, (h5) => h5.requestAccess({ appId: "cli_h5" }));
  assert.deepEqual([thrown.error.reason, thrown.error.message], ["failed", "requestAccess failed: not here"]);
  const never = () => (globalThis.h5sdk = { ready: () => {} });
  const late = await inClient(never, {}, (h5) => h5.requestAccess({ appId: "cli_h5", timeout: 200 }));
  assert.deepEqual([late.error.reason, /gave no answer in time/.test(late.error.message)], ["timeout", true]);
});

test("what the backend refuses is told with its words", async () => {
  const spent = await newCode();
  await client.oauth.exchange(spent);
  for (const [code, backend, status, message] of [
    [spent, "/h5", 401, /the user must sign in again/],
    ["nonsense", "/h5", 401, /the user must sign in again/],
    ["code-1", "/bare", 404, /pass the function signedIn/],
    ["code-1", "/html", 200, /what it answered is no JSON/],
  ]) {
    const work = `(h5) => h5.signIn({ appId: "cli_h5", backend: ${JSON.stringify(backend)} })`;
    const { error } = await inClient(willing, { code }, work);
    assert.deepEqual([error.reason, error.status], ["backend", status], error.message);
    assert.match(error.message, message);
  }
  const late = await inClient(willing, {}, (h5) => h5.config({ jsApiList: [], backend: "/slow", timeout: 300 }));
  assert.deepEqual([late.error.reason, /the backend at \/slow\/config/.test(late.error.message)], ["timeout", true]);
});

test("only pages of its own are signed for and served, and nobody else learns why something failed", async () => {
  const ask = createH5({ client, signedIn: () => new Response(null, { status: 204 }), onError: (error) => failures.push(error) });
  const own = { "sec-fetch-site": "same-origin" };
  const config = (url, headers = own) =>
    ask(new Request(`https://app.example/h5/config?url=${encodeURIComponent(url)}`, { headers }));
  assert.equal((await config("https://app.example/a?b=1")).status, 200);
  for (const url of ["https://evil.example/", "", "/a", "javascript:alert(1)"])
    assert.equal((await config(url)).status, 400, url);
  assert.equal((await config("https://app.example/", { origin: "https://evil.example" })).status, 403);
  const post = (body, headers = { origin: "https://app.example" }) =>
    ask(new Request("https://app.example/h5/session", { method: "POST", body, headers }));
  assert.equal((await post(JSON.stringify({ code: await newCode() }))).status, 204);
  for (const body of ["{}", "nonsense", '{"code":1}', '{"code":""}']) assert.equal((await post(body)).status, 400, body);
  assert.equal((await post(JSON.stringify({ code: "x".repeat(20_000) }))).status, 413);
  assert.equal((await post("{}", { origin: "https://evil.example" })).status, 403);
  assert.equal((await ask(new Request("https://app.example/h5/other", { headers: own }))).status, 404);
  const elsewhere = createH5({ client, origins: ["https://pages.example"] });
  const cors = await elsewhere(
    new Request("https://api.example/h5/config?url=https%3A%2F%2Fpages.example%2F", {
      headers: { origin: "https://pages.example" },
    }),
  );
  assert.deepEqual([cors.status, cors.headers.get("access-control-allow-origin")], [200, "https://pages.example"]);
  assert.equal(cors.headers.get("cache-control"), "no-store");
  assert.deepEqual(failures, []);
  await sandbox.control("faults", {
    rules: [{ app_id: APP, path: "/open-apis/authen/v2/oauth/token", then: { status: 404, body: "secret" } }],
  });
  const failed = await post(JSON.stringify({ code: "code-2" }));
  assert.deepEqual([failed.status, await failed.json()], [500, { code: 500, msg: "the backend failed (HttpError)" }]);
  assert.equal(failures.length, 1);
});
