/** Store apps, users who sign in, token stores, and tokens that go from one client to another. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Client, MemoryStore, format, larkspur } from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const stores = format === "cjs" ? createRequire(import.meta.url)("../dist/stores.cjs") : await import("../dist/stores.mjs");
const BACK = "https://app.example.com/cb?a=1";

async function client(options) {
  const app = await newApp();
  return { app, client: new Client(app.options(options)) };
}

/** Does what the user's browser does; gives what comes back to the app. */
async function consent(url, user) {
  const answer = await fetch(`${url}&sandbox_user=${user}`, { redirect: "manual" });
  const back = answer.headers.get("location");
  assert.ok(back.startsWith(BACK), back);
  return Object.fromEntries(new URL(back).searchParams);
}

async function signIn(client, user = "ou_1", options = {}) {
  const start = client.oauth.authorize({ redirectUri: BACK, scopes: ["contact:user.base:readonly"], ...options });
  const { code, state } = await consent(start.url, user);
  assert.equal(state, start.state);
  return client.oauth.exchange(code, { redirectUri: BACK, codeVerifier: start.codeVerifier });
}

const me = async (view) => (await view.authen.v1.userInfo.get()).open_id;
const exchanges = async (app) => (await app.requests()).filter(({ path }) => path.endsWith("/oauth/token")).length;
const tokenRequests = async (app) => (await app.requests()).filter(({ path }) => path.includes("access_token")).length;

async function folder(work) {
  const made = await mkdtemp(join(tmpdir(), "larkspur-"));
  try {
    return await work(join(made, "tokens"), made);
  } finally {
    await rm(made, { recursive: true });
  }
}

// Users.

test("a user signs in with a verifier, and the calls take their token", async () => {
  const { app, client: own } = await client();
  const user = await signIn(own, "ou_1", { pkce: true });
  assert.deepEqual([user.key, user.openId, user.scopes], ["ou_1", "ou_1", ["contact:user.base:readonly", "offline_access"]]);
  assert.ok(user.refreshExpiresAt > user.expiresAt && user.expiresAt > new Date());
  const view = own.asUser(user.key);
  assert.deepEqual([await me(view), view.identity, own.identity], ["ou_1", "user", "app"]);
  assert.equal(await tokenRequests(app), 0);
  const wrong = view.request("GET", "/open-apis/im/v1/chats", { token: "tenant" });
  await assert.rejects(wrong, { name: "ConfigError", message: /this view has a user's authority/ });
});

test("a log shows no verifier, and a wrong one ends the exchange", async () => {
  const { client: own } = await client();
  const start = own.oauth.authorize({ redirectUri: BACK, pkce: true });
  assert.ok(start.codeVerifier.length >= 43 && !inspect(start).includes(start.codeVerifier), inspect(start));
  assert.equal(JSON.parse(JSON.stringify(start)).codeVerifier, start.codeVerifier);
  const { code } = await consent(start.url, "ou_1");
  const refused = own.oauth.exchange(code, { redirectUri: BACK, codeVerifier: "another" });
  await assert.rejects(refused, { name: "ReauthorizationRequired", message: /code_verifier is wrong/ });
  assert.throws(() => own.oauth.authorize({ redirectUri: "" }), { name: "ArgumentError" });
});

test("100 calls of one user whose token is refused send one refresh; aborting one harms no other", async () => {
  const { app, client: own } = await client();
  const view = own.asUser((await signIn(own)).key);
  await app.post("tokens/expire");
  const abort = new AbortController();
  const calls = Array.from({ length: 100 }, (_, index) =>
    view.authen.v1.userInfo.get({}, index === 0 ? { signal: abort.signal } : undefined),
  );
  // All have been refused, and the first leads: its refresh is on its way.
  await app.fault({ method: "POST", path: "/open-apis/authen/v2/oauth/token", then: { delay_ms: 300 } });
  while ((await exchanges(app)) < 2) await sleep(5);
  abort.abort(new Error("enough"));
  const ends = await Promise.allSettled(calls);
  assert.equal(ends[0].reason?.message, "enough");
  assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 99);
  assert.equal(await exchanges(app), 2);
  assert.equal(await me(view), "ou_1");
});

test("a sign-in that has ended says where to begin again", async () => {
  const { app, client: own } = await client();
  const view = own.asUser((await signIn(own)).key);
  await app.post("users/revoke");
  await app.post("tokens/expire");
  const error = await me(view).catch((thrown) => thrown);
  assert.ok(larkspur.isReauthorizationRequired(error) && error instanceof larkspur.AuthError, String(error));
  assert.ok(
    error.url.startsWith(`${app.url}/open-apis/authen/v1/authorize?response_type=code&client_id=${app.id}&redirect_uri=`),
  );
  await signIn(own);
  assert.equal(await me(view), "ou_1");
  await own.oauth.revoke("ou_1");
  await assert.rejects(me(view), { name: "ReauthorizationRequired" });
});

test("a user signs in elsewhere, or refuses", async () => {
  const { client: own } = await client();
  const flow = await own.oauth.device({ scopes: ["contact:user.base:readonly"] });
  assert.ok(flow.url.endsWith(`user_code=${flow.userCode}`) && flow.expiresAt > new Date(), flow.url);
  const waited = flow.wait();
  await fetch(`${flow.url}&sandbox_user=ou_7`);
  assert.equal((await waited).key, "ou_7");
  assert.equal(await me(own.asUser("ou_7")), "ou_7");
  const other = await own.oauth.device();
  await fetch(`${other.url}&sandbox_refuse=1`);
  await assert.rejects(other.wait(), { name: "ReauthorizationRequired", message: /the user has refused/ });
  const third = await own.oauth.device();
  const abort = new AbortController();
  const given = third.wait({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(given, { message: "enough" });
});

test("an export goes to another client, and no further", async () => {
  const { app, client: own } = await client();
  await signIn(own);
  await own.im.v1.chat.list();
  const saved = own.exportTokens();
  const other = new Client(app.options());
  assert.equal(other.importTokens(saved), 2);
  assert.equal(await me(other.asUser("ou_1")), "ou_1");
  await other.im.v1.chat.list();
  assert.deepEqual([await exchanges(app), await tokenRequests(app)], [1, 1]);
  assert.equal((await client()).client.importTokens(saved), 0);
  assert.throws(
    () => other.importTokens("t-secret"),
    (error) => error.name === "ConfigError" && !error.message.includes("t-secret"),
  );
});

// Store apps.

test("each tenant has a token of its own, and a call waits for the ticket", async () => {
  const { app, client: own } = await client({ appType: "store" });
  await app.post("apps", { store: true });
  const waiting = own.forTenant("one").im.v1.chat.list();
  while (!(await app.requests()).some(({ path }) => path.endsWith("/resend"))) await sleep(5);
  own.setAppTicket("ticket-1");
  await waiting;
  for (const tenant of ["two", "one"]) await own.forTenant(tenant).im.v1.chat.list();
  const labels = (await app.calls()).filter(({ path }) => path.endsWith("chats")).map(({ token }) => token.label);
  assert.deepEqual(labels, ["tenant#1", "tenant#2", "tenant#1"]);
  assert.equal(own.forTenant("one").identity, "tenant");
  await assert.rejects(own.im.v1.chat.list(), { name: "ConfigError", message: /needs a tenant; client\.forTenant/ });
  await assert.rejects(async () => new Client(app.options()).forTenant("one"), { name: "ConfigError" });
  assert.throws(() => new Client(app.options({ appType: "shop" })), { message: 'app_type is "shop"; pass self_built or store' });
});

// Stores.

/** A store of one's own that answers later, with texts as versions. */
class Shelf {
  values = new Map();
  asked = [];
  #versions = 0;

  async load(key) {
    this.asked.push("load");
    await sleep(1);
    return this.values.get(key);
  }

  async swap(key, expected, bytes, ttl) {
    this.asked.push("swap");
    await sleep(1);
    assert.ok(bytes instanceof Uint8Array && Number.isInteger(ttl) && ttl > 0);
    if (this.values.get(key)?.version !== expected) return false;
    this.values.set(key, { bytes, version: `v${++this.#versions}` });
    return true;
  }
}

for (const [name, make] of [
  ["a store of one's own", async () => new Shelf()],
  ["a memory store", async () => new MemoryStore()],
])
  test(`${name} serves several clients with one token`, async () => {
    const app = await newApp();
    const tokenStore = await make();
    const clients = Array.from({ length: 4 }, () => new Client(app.options({ tokenStore, onStoreFailed: assert.fail })));
    await Promise.all(clients.flatMap((each) => Array.from({ length: 8 }, () => each.im.v1.chat.list())));
    assert.equal(await tokenRequests(app), 1);
    await signIn(clients[0]);
    assert.equal(await me(clients[3].asUser("ou_1")), "ou_1");
    if (tokenStore instanceof Shelf) {
      assert.deepEqual([...tokenStore.values.keys()].slice(0, 1), [`${app.url}|${app.id}|tenant`]);
      assert.deepEqual(new Set(tokenStore.asked), new Set(["load", "swap"]));
    }
    await app.post("tokens/expire");
    const views = clients.map((each) => each.asUser("ou_1"));
    await Promise.all(Array.from({ length: 100 }, (_, index) => me(views[index % 4])));
    assert.equal(await exchanges(app), 2);
  });

const BROKEN = {
  "throws at load": [{ load: () => assert.fail("the disk is full"), swap: () => true }, /the disk is full/],
  "throws what is no error": [{ load: () => Promise.reject(7), swap: () => true }, /no Error/],
  "gives rubbish": [{ load: () => "t-secret", swap: () => true }, /load gave a value of type string without bytes/],
  "gives a rubbish version": [{ load: () => ({ bytes: new Uint8Array(), version: {} }), swap: () => true }, /as version/],
  "gives bytes of something else": [
    { load: () => ({ bytes: new Uint8Array([255, 0]), version: 1 }), swap: () => true },
    /load gave bytes that swap never got/,
  ],
  "says nothing about a swap": [{ load: () => undefined, swap: () => undefined }, /swap gave a value of type undefined/],
};
for (const [name, [tokenStore, reason]] of Object.entries(BROKEN))
  test(`a store that ${name} fails no call`, async () => {
    const told = [];
    const { app, client: own } = await client({ tokenStore, onStoreFailed: (line) => told.push(line) });
    await Promise.all([own.im.v1.chat.list(), own.im.v1.chat.list()]);
    await own.im.v1.chat.list();
    assert.equal(await tokenRequests(app), 1);
    assert.ok(told.length > 0 && told.every((line) => !/t-|\n/.test(line)), told.join());
    assert.match(told[0], reason);
  });

test("a store that hangs holds a call up for five seconds", { timeout: 30_000 }, async () => {
  const told = [];
  const tokenStore = { load: () => new Promise(() => {}), swap: () => true };
  const { client: own } = await client({ tokenStore, onStoreFailed: (line) => told.push(line) });
  const began = performance.now();
  await own.im.v1.chat.list();
  assert.ok(performance.now() - began > 4500);
  assert.match(told.join(), /it gave no answer in time/);
});

test("a store that quotes what it was given tells no secret", async () => {
  const told = [];
  const swap = (_key, _expected, bytes) => {
    throw new Error(`cannot write ${new TextDecoder().decode(bytes)}`);
  };
  const shelf = new Shelf();
  const app = await newApp();
  const tokenStore = {
    load: (key) => shelf.load(key),
    swap: (...given) => (shelf.asked.length > 2 ? swap(...given) : shelf.swap(...given)),
  };
  const own = new Client(app.options({ tokenStore, onStoreFailed: (line) => told.push(line) }));
  const { token } = await own.token();
  assert.ok(told.length > 0, "it was not told");
  assert.ok(!told.join().includes(token) && told.join().includes("***"), told.join());
  assert.ok(!inspect(own, { depth: 5 }).includes(token));
});

test("what is no store is refused", async () => {
  const app = await newApp();
  assert.throws(() => new Client(app.options({ tokenStore: {} })), {
    name: "ConfigError",
    message: /pass an object with load and swap/,
  });
});

// Files.

test("a file store serves several clients, for its owner alone", () =>
  folder(async (path, around) => {
    const app = await newApp();
    const clients = [1, 2].map(
      () => new Client(app.options({ tokenStore: new stores.FileStore(path), onStoreFailed: assert.fail })),
    );
    for (const each of clients) await each.im.v1.chat.list();
    assert.equal(await tokenRequests(app), 1);
    await signIn(clients[0]);
    assert.equal(await me(clients[1].asUser("ou_1")), "ou_1");
    const files = await readdir(around);
    assert.ok(files.length <= 4 && files.every((name) => /^tokens\.\d+$/.test(name)), files.join());
    for (const name of files) assert.equal((await stat(join(around, name))).mode & 0o777, 0o600);
  }));

test("a file store swaps only what was seen, and forgets what has expired", () =>
  folder(async (path, around) => {
    const [store, other] = [new stores.FileStore(path), new stores.FileStore(path)];
    const bytes = (text) => new TextEncoder().encode(text);
    assert.equal(store.load("a|b"), undefined);
    assert.ok(store.swap("a|b", undefined, bytes("1"), 60_000));
    assert.ok(!other.swap("a|b", undefined, bytes("2"), 60_000));
    const { version } = other.load("a|b");
    assert.ok(other.swap("a|b", version, bytes("2"), 60_000));
    assert.ok(!store.swap("a|b", version, bytes("3"), 60_000));
    assert.equal(new TextDecoder().decode(store.load("a|b").bytes), "2");
    assert.ok(store.swap("c", undefined, bytes("4"), 1));
    await sleep(5);
    assert.equal(store.load("c"), undefined);
    const [newest] = (await readdir(around)).sort().reverse();
    await writeFile(join(around, newest), "my thesis with t-secret");
    assert.throws(
      () => store.load("c"),
      (error) => /something else than tokens/.test(error.message) && !/thesis/.test(error.message),
    );
    assert.equal(await readFile(join(around, newest), "utf8"), "my thesis with t-secret");
  }));

test("with a key the files hold no value that can be read", () =>
  folder(async (path, around) => {
    const bytes = new TextEncoder().encode('{"token":"t-secret"}');
    const make = (fill) => new stores.FileStore(path, fill && { key: new Uint8Array(32).fill(fill) });
    assert.ok(make(7).swap("k", undefined, bytes, 60_000));
    for (const name of await readdir(around)) assert.ok(!(await readFile(join(around, name), "utf8")).includes("t-secret"));
    assert.deepEqual(new Uint8Array(make(7).load("k").bytes), bytes);
    assert.throws(() => make().load("k"), /its values are encrypted; pass the key/);
    assert.throws(() => make(8).load("k"), /encrypted with another key/);
    assert.ok(make().swap("plain", undefined, bytes, 60_000));
    assert.throws(() => make(7).load("plain"), /not encrypted/);
    assert.throws(() => new stores.FileStore(path, { key: new Uint8Array(31) }), /32 bytes/);
    assert.ok(!inspect(make(7), { depth: 9 }).includes("7, 7"));
    const app = await newApp();
    const own = new Client(app.options({ tokenStore: make(7), onStoreFailed: assert.fail }));
    await own.im.v1.chat.list();
    assert.equal(await tokenRequests(app), 1);
  }));

test("of two who begin a file store at once, one is told that it came too late", () =>
  folder((path) => {
    const [one, other] = [new stores.FileStore(path), new stores.FileStore(path)];
    const bytes = (text) => new TextEncoder().encode(text);
    const clock = Date.now;
    let [looks, swapped] = [0, undefined];
    // Between its look at the folder and its own file, the other one comes first.
    Date.now = () => {
      if (looks++ === 0) swapped = other.swap("n", undefined, bytes("other"), 60_000);
      return clock() + looks;
    };
    try {
      assert.equal(one.swap("n", undefined, bytes("one"), 60_000), false);
    } finally {
      Date.now = clock;
    }
    assert.ok(swapped);
    assert.equal(new TextDecoder().decode(one.load("n").bytes), "other");
  }));

test("four processes on one file lose no swap, though they are killed", { timeout: 120_000 }, () =>
  folder(async (path, around) => {
    const worker = fileURLToPath(new URL("stores/count.mjs", import.meta.url));
    const counted = await Promise.all(Array.from({ length: 4 }, (_, index) => count(worker, path, index)));
    const store = new stores.FileStore(path);
    const reached = Number(new TextDecoder().decode(store.load("n").bytes));
    const said = counted.join("");
    const told = said.replaceAll("?", "").length;
    // Who is killed may have swapped without having said so: once at most for each kill.
    assert.ok(reached >= told && reached <= said.length + 4 * KILLS, `${reached} of ${told} and ${said.length - told}`);
    // Each was let swap at least once.
    assert.ok(said.length >= 4 * KILLS, said);
    const value = new TextEncoder().encode("0");
    for (let swaps = 0; swaps < 5; swaps++) assert.ok(store.swap(`k${swaps}`, undefined, value, 60_000));
    assert.equal((await readdir(around)).length, 4);
  }),
);

const KILLS = 5;

/** Lets one process after the other count until it is killed; gives all that they said. */
async function count(worker, path, seed) {
  let said = "";
  for (let kills = 0; kills < KILLS; kills++) {
    const child = spawn(process.execPath, [worker, path], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (more) => (said += more));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), ended]);
    await sleep(50 + ((seed * 37 + kills * 53) % 100));
    child.kill("SIGKILL");
    await ended;
  }
  return said;
}
