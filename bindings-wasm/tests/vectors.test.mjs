/** Runs `tests/vectors` against the sandbox; what each member means stands in the README there. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, ProjectClient, WebhookBot, about, format, message } from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const FOLDER = process.env.LARKSPUR_VECTORS;
const IN_BROWSER = format === "chromium";
const JSON_TYPE = "application/json; charset=utf-8";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** What stands for a value that is made anew each time; all others stand for keys. */
const MADE = { $timestamp: /^\d{10}$/, $sign: /^[A-Za-z0-9+/]{43}=$/ };
/** What vectors may need; see `needs` in the README there. A page has no part of what its server does for it. */
const OFFERED = new Set(
  IN_BROWSER ? ["scopes"] : ["bots", "jsapi", "keyless", "project", "project_users", "scopes", "store_apps", "stores", "users"],
);
/** What stands in a string is no integer. */
const STRING_OR_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d+(?![\d.eE])/g;
/** What the sandbox's log covers at the top of a body. */
const SECRETS = [
  "app_secret",
  "client_secret",
  "client_assertion",
  "app_access_token",
  "app_ticket",
  "refresh_token",
  "code_verifier",
  "token",
  "device_code",
];
/** Vectors spell names with underscores. */
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".json") && name !== "schema.json")) {
  const vectors = read(file);
  // The sandbox knows an app by its tokens where a request says nothing else, and vectors call theirs the same.
  const concurrency = vectors.some(({ needs }) => needs) ? 1 : 8;
  describe(file, { concurrency }, () => {
    for (const vector of vectors) {
      test(vector.name, { skip: leftOut(vector), timeout: 60_000 }, () => run(vector));
    }
  });
}

/** The reason for which a vector is left out; `false` for every other one. */
function leftOut({ only = "js", because, needs = [] }) {
  const missing = needs.filter((word) => !OFFERED.has(word));
  if (only !== "js") return because;
  return missing.length > 0 && `JavaScript does not offer ${missing.join(", ")}`;
}

/** Integers that a number would round stay as the digits that the client gives and takes. */
function read(file) {
  return JSON.parse(quoted(readFileSync(join(FOLDER, file), "utf8")));
}

async function run(given) {
  const vector = IN_BROWSER && given.in_browser ? inBrowser(given) : given;
  const app = await newApp();
  const waits = [];
  if (vector.refused) {
    await assert.rejects(
      async () => make(app, vector, waits),
      (error) => checkError(vector.refused, error) ?? true,
    );
    return;
  }
  await prepare(app, vector);
  const store = new VectorStore(vector.store ?? {}, app);
  const client = await make(app, vector, waits, store);
  const [outcomes] = await Promise.all([callAll(client, vector, { app, waits }), store.meanwhile()]);
  await client.close();
  store.end();
  vector.calls.forEach((call, index) => check(call.result, outcomes[index], app));
  checkWaits(vector, waits);
  if (vector.client?.base_url !== "closed") await checkLog(app, vector);
}

function inBrowser({ in_browser: error, exchange, waits, calls: [call], ...vector }) {
  return { ...vector, calls: [{ ...call, result: { error } }], exchange: exchange.slice(0, -1) };
}

async function make(app, vector, waits, tokenStore) {
  const given = camelled(vector.client);
  if (given.baseUrl === "closed") given.baseUrl = `http://127.0.0.1:${await closedPort()}`;
  const headers = { ...given.headers, "X-Sandbox-App": app.id };
  const { assertions, ...told } = given;
  const proof = assertions && { appSecret: undefined, clientAssertion: signer(app, assertions) };
  const options = { ...app.options(), ...proof, ...told, headers, onRetry: (event) => waits.push(event) };
  if (vector.store) Object.assign(options, { tokenStore, onStoreFailed: checkLaterFormat });
  if (options.kind !== "project") return new Client(options);
  const { kind: _, appId, appSecret, ...others } = options;
  return new ProjectClient(appId, appSecret, others);
}

/** The token store of a vector: what lies there, and what others put there meanwhile. */
class VectorStore {
  #values = new Map();
  #swaps = 0;
  #began = Date.now();

  constructor({ holds = {}, meanwhile = [], keeps = {} }, app) {
    Object.assign(this, { app, others: meanwhile, keeps });
    this.#put(holds);
  }

  load(key) {
    return this.#values.get(key);
  }

  swap(key, expected, bytes, ttl) {
    assert.ok(ttl > 0);
    if (this.#values.get(key)?.version !== expected) return false;
    this.#values.set(key, { bytes, version: String(++this.#swaps) });
    return true;
  }

  async meanwhile() {
    for (const { at, has = {}, puts = {} } of this.others) {
      await sleep(Math.max(0, this.#began + at - Date.now()));
      this.#check(has);
      this.#put(puts);
    }
  }

  end() {
    this.#check(this.keeps);
  }

  #check(records) {
    for (const [key, record] of Object.entries(spelledOut(records, this.app, this.#began))) {
      const found = new TextDecoder().decode(this.#values.get(key)?.bytes) || "null";
      if (typeof record === "string") assert.equal(found, record);
      else checkSame(record, JSON.parse(found));
    }
  }

  #put(records) {
    for (const [key, record] of Object.entries(spelledOut(records, this.app, this.#began))) {
      const bytes = new TextEncoder().encode(typeof record === "string" ? record : JSON.stringify(record));
      this.#values.set(key, { bytes, version: String(++this.#swaps) });
    }
  }
}

function checkLaterFormat(error) {
  assert.match(String(error), /later version/);
}

/** With what `$base` and the like stand for; moments count from `began`, in milliseconds since 1970. */
function spelledOut(value, { url, id }, began) {
  const text = JSON.stringify(value).replaceAll("$base", url).replaceAll("$app_id", id);
  return JSON.parse(text.replace(/"\$ms([+-]\d+)"/g, (_, offset) => String(began + Number(offset))));
}

/** Equal, but for moments, which may be five seconds apart, and for `$uuid`. */
function checkSame(expected, actual) {
  if (expected === "$uuid") return assert.match(actual, UUID);
  if (expected > 1e12) return assert.ok(Math.abs(actual - expected) < 5000, `${actual} is not ${expected}`);
  if (typeof expected !== "object" || expected === null) return assert.equal(actual, expected);
  assert.deepEqual(Object.keys(actual ?? {}).sort(), Object.keys(expected).sort());
  for (const key of Object.keys(expected)) checkSame(expected[key], actual[key]);
}

function signer(app, assertions) {
  const left = [...assertions];
  return (audience) => {
    assert.equal(audience, new URL(app.url).host);
    if (left.length === 0) throw new Error("there is no key");
    return left.shift();
  };
}

function closedPort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// What the sandbox answers.

function turns(vector) {
  return (vector.exchange ?? []).map((turn) => {
    if (!turn.grants) return turn;
    const kind = turn.kind ?? "tenant";
    if (kind === "plugin" || kind === "virtual") return pluginTurn(turn, kind);
    const expect = {
      method: "POST",
      path: `/open-apis/auth/v3/${kind}_access_token/internal`,
      token: null,
      json: { app_id: "$app_id", app_secret: "$app_secret" },
    };
    const json = { code: 0, msg: "ok", [`${kind}_access_token`]: turn.grants, expire: turn.expire ?? 7200 };
    return { expect, answer: { json }, takes: turn.takes ?? 0 };
  });
}

function pluginTurn({ grants, expire = 7200, takes = 0 }, kind) {
  const json = { plugin_id: "$app_id", plugin_secret: "$app_secret", type: Number(kind === "virtual") };
  const expect = { method: "POST", path: "/open_api/authen/plugin_token", token: null, json };
  const data = { token: grants, expire_time: expire };
  return { expect, answer: { json: { data, error: { code: 0, msg: "success" } } }, takes };
}

/** In free order each answer goes to its own request, else they are given out one after the other. */
async function prepare(app, vector) {
  if (vector.order !== "free") return app.script(turns(vector).map(shape), { tokens: true });
  for (const turn of turns(vector)) await app.fault({ method: turn.expect.method, path: turn.expect.path, then: shape(turn) });
}

function shape({ answer, takes }) {
  if (answer.fails) return { cut: "fin" };
  // The sandbox would add a log id of its own.
  const headers = { "X-Tt-Logid": [] };
  // When a kept connection dies without an answer, a browser sends the request again on its own.
  if (IN_BROWSER) headers.Connection = "close";
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    headers[name.toLowerCase() === "x-tt-logid" ? "X-Tt-Logid" : name] = value;
  const shape = { status: answer.status ?? 200, headers, delay_ms: takes ?? 0 };
  const body = bytes(answer);
  if (body) shape.body_base64 = body.toString("base64");
  return answer.breaks ? { ...shape, cut: "fin", after_bytes: answer.breaks } : shape;
}

function bytes(part) {
  if ("data" in part) return Buffer.from(written({ code: 0, msg: "success", data: part.data }));
  if ("json" in part) return Buffer.from(written(part.json));
  if ("hex" in part) return Buffer.from(part.hex, "hex");
  return "text" in part ? Buffer.from(part.text) : undefined;
}

/** The platform sends such integers as numbers. */
function written(value) {
  return JSON.stringify(value).replace(STRING_OR_INTEGER, (found) =>
    /^"-?\d{16,}"$/.test(found) && isWide(found.slice(1, -1)) ? found.slice(1, -1) : found,
  );
}

// The calls.

async function callAll(client, vector, place) {
  const began = performance.now();
  const outcomes = [];
  const running = [];
  for (const call of vector.calls) {
    const outcome = { began: Date.now() };
    outcomes.push(outcome);
    if (call.at === undefined) {
      await callOne(client, call, outcome, place);
      continue;
    }
    await sleep(Math.max(0, began + call.at - performance.now()));
    running.push(callOne(client, call, outcome, place));
  }
  await Promise.all(running);
  return outcomes;
}

async function callOne(client, call, outcome, place) {
  try {
    const view = viewOf(client, call);
    const options = camelled(call.options);
    if (
      carry(view, call, outcome, place) ||
      (await callToken(view, call, outcome)) ||
      (await callBeside(view, call, outcome, { ...place, options }))
    )
      return;
    const { target, args } = aimed(view, call, options);
    if (call.walk) {
      const found = (outcome[call.walk] = []);
      for await (const part of (call.walk === "items" ? target.iter : target.pages)(...args)) found.push(part);
    } else if (call.download) {
      outcome.file = await target(...args);
      outcome.content = Buffer.from(await outcome.file.bytes());
    } else {
      outcome.reply = await target.raw(...args);
    }
  } catch (error) {
    outcome.error = error;
  }
}

function viewOf(client, call) {
  if (call.user) return client.asUser({ token: call.user });
  if (call.user_key) return client.asUser(call.user_key);
  return call.tenant ? client.forTenant(call.tenant) : client;
}

/** Tokens go from client to client; says whether they do. */
function carry(view, { exports: goOut, imports: comeIn }, outcome, { app }) {
  if (goOut) outcome.exported = JSON.parse(view.exportTokens());
  else if (typeof comeIn === "string") outcome.imported = view.importTokens(comeIn);
  else if (comeIn) outcome.imported = view.importTokens(JSON.stringify(spelledOut(comeIn, app, Date.now())));
  else return false;
  return true;
}

/** What is no call of an operation; says whether it was one. */
async function callToken(view, call, outcome) {
  if (call.view_token) {
    outcome.token = (await view.token()).token;
  } else if ("app_ticket" in call) {
    view.setAppTicket(call.app_ticket);
  } else if (call.sign_in) {
    const { code, ...given } = camelled(call.sign_in);
    outcome.user = await view.oauth.exchange(code, given);
  } else if (call.device) {
    outcome.device = await view.oauth.device(call.device);
    outcome.user = await outcome.device.wait();
  } else if (call.revoke) {
    outcome.reply = { data: await view.oauth.revoke(call.revoke) };
  } else {
    return false;
  }
  return true;
}

/** Likewise for what has to do with neither. */
async function callBeside(view, call, outcome, place) {
  if (call.bot) outcome.data = await sendBy(call, place);
  else if (call.scopes) outcome.data = await least(call.scopes);
  else if (call.page) outcome.data = await view.jsapi.sign(call.page);
  else return false;
  return true;
}

async function sendBy(call, { app, waits, options }) {
  const { path, secret } = call.bot;
  const headers = { "X-Sandbox-App": app.id };
  const bot = new WebhookBot(app.url + path, { secret, headers, onRetry: (event) => waits.push(event) });
  try {
    return await bot.send(built(call.message), options);
  } finally {
    await bot.close();
  }
}

async function least({ operations = [], source = "", ...options }) {
  return about.scopes([...operations, ...(await about.operationsIn(source))], options);
}

function aimed(view, call, options) {
  const files = Object.fromEntries(Object.entries(call.files ?? {}).map(([name, file]) => [name, fileOf(file)]));
  if (call.request) {
    const { method, path, path_params: pathParams, headers, ...rest } = call.request;
    const all = { ...options, ...rest, pathParams, headers: { ...headers, ...options.headers } };
    return { target: view.request, args: [method, path, call.files ? { ...all, files } : all] };
  }
  const target = call.operation.split(".").reduce((at, name) => at[camel(name)], view);
  const content = call.message && { content: built(call.message) };
  return { target, args: [{ ...call.arguments, ...files, ...content }, options] };
}

function fileOf(file) {
  return file.name === undefined ? new Uint8Array(bytes(file)) : { name: file.name, data: new Uint8Array(bytes(file)) };
}

function camelled(members) {
  return Object.fromEntries(Object.entries(members ?? {}).map(([name, value]) => [camel(name), value]));
}

function built({ kind, arguments: args }) {
  const { text, content, image_key, file_key, chat_id, user_id, card, title, locale } = args;
  switch (kind) {
    case "text":
      return message.text(text);
    case "post":
      return message.post(content, { title, locale });
    case "image":
      return message.image(image_key);
    case "media":
      return message.media(file_key, image_key);
    case "share_chat":
      return message.shareChat(chat_id);
    case "share_user":
      return message.shareUser(user_id);
    case "interactive":
      return card ? message.card(card) : message.interactive(camelled(args));
    case "system":
      return message.system(text, { i18nText: args.i18n_text, needRollup: args.need_rollup });
    default:
      return message[kind](file_key);
  }
}

// What came of them.

function check(expected, outcome, app) {
  if (expected.error) {
    assert.ok(outcome.error, "it succeeded");
    checkError(expected.error, outcome.error);
  } else if (outcome.error) {
    throw outcome.error;
  }
  for (const name of ["items", "pages", "token", "imported"])
    if (name in expected) assert.deepEqual(outcome[name] ?? [], expected[name]);
  if ("signed" in expected) checkSigned(expected.signed, outcome.data, app);
  else if (outcome.data?.scopes) checkLeast(expected, outcome.data);
  else if ("data" in expected) assert.deepEqual((outcome.reply ?? outcome).data ?? null, expected.data);
  if (expected.exported) checkSame(spelledOut(expected.exported, app, outcome.began), outcome.exported);
  if (expected.device) assert.deepEqual({ url: outcome.device.url, user_code: outcome.device.userCode }, expected.device);
  if (expected.user) checkUser(expected.user, outcome);
  if (expected.file) checkFile(expected.file, outcome);
  else if ("attempts" in expected) assert.equal(outcome.reply.attempts, expected.attempts);
  if (expected.reply && outcome.reply) checkReply(expected.reply, outcome.reply);
}

function checkSigned({ ticket, url }, { appId, timestamp, nonceStr, signature }, app) {
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`;
  assert.equal(signature, createHash("sha1").update(text).digest("hex"));
  assert.ok(appId === app.id && nonceStr.length === 32 && Math.abs(timestamp - Date.now()) < 30_000);
}

function checkLeast({ data, undocumented = [], conditional = [] }, least) {
  assert.deepEqual(least, { ...data, undocumented, conditional });
}

function checkUser(expected, { user, began }) {
  // Feishu Project tells no open id and no scopes.
  assert.deepEqual([user.key, user.openId, user.scopes], [expected.key, expected.open_id, expected.scopes]);
  for (const name of ["expires_in", "refresh_expires_in"]) {
    const moment = user[camel(name.replace("_in", "_at"))];
    if (expected[name] === null) assert.equal(moment, undefined);
    else assert.ok(Math.abs(moment - began - expected[name]) < 5000, `${name}: ${moment}`);
  }
}

function checkFile(expected, { file, content }) {
  assert.deepEqual(content, bytes(expected));
  if ("name" in expected) assert.equal(file.fileName ?? null, expected.name);
  if ("size" in expected) assert.equal(file.size, expected.size);
}

function checkReply(expected, reply) {
  for (const name of ["status", "code", "msg"]) if (name in expected) assert.equal(reply[name], expected[name], name);
  if ("log_id" in expected) assert.equal(reply.logId ?? null, expected.log_id);
  for (const [name, value] of Object.entries(expected.headers ?? {})) assert.equal(reply.headers[name.toLowerCase()], value);
}

function checkError(expected, error) {
  assert.equal(error.name, expected.class, String(error));
  if ("message" in expected) assert.equal(error.message, (error.operation ? `${error.operation}: ` : "") + expected.message);
  for (const part of expected.contains ?? []) assert.ok(error.message.includes(part), error.message);
  for (const name of ["code", "status", "msg", "attempts", "retryable", "missing_scopes", "troubleshooter", "data"]) {
    if (name in expected) assert.deepEqual(error[camel(name)], expected[name], name);
  }
  if ("log_id" in expected) assert.equal(error.logId ?? null, expected.log_id);
  for (const name of ["field_violations", "permission_violations", "helps"]) {
    if (!(name in expected)) continue;
    const rows = error[camel(name)].map((row) => Object.fromEntries(Object.entries(row).filter(([, text]) => text)));
    assert.deepEqual(rows, expected[name], name);
  }
  // A page has no table of scopes to choose from.
  if ("import_text" in expected && !IN_BROWSER) {
    const { pathname, search } = new URL(error.applyUrl);
    assert.equal((pathname + search).replace(/cli_\w+/, "$app_id"), expected.apply_url);
    assert.equal(error.importText, expected.import_text);
  }
  if ("retry_after" in expected) assert.equal(error.retryAfter ?? null, expected.retry_after);
  if ("url" in expected) {
    const { pathname, search } = new URL(error.url);
    assert.equal((pathname + search).replace(/cli_\w+/, "$app_id"), expected.url);
  }
  assert.ok(!error.message.includes("\n"));
}

/** Pauses of calls; those for a token or a turn are no retries, and those of a refresh belong to no call. */
function checkWaits(vector, waits) {
  const expected = (vector.waits ?? []).filter(({ why, of_refresh }) => ["backoff", "rate_limit"].includes(why) && !of_refresh);
  assert.deepEqual(
    waits.map(({ reason }) => reason),
    expected.map(({ why }) => why),
  );
  expected.forEach(({ ms }, index) => {
    const [least, most] = Array.isArray(ms) ? ms : [ms, ms];
    // A busy machine comes late to a moment that is fixed.
    assert.ok(waits[index].wait >= least - 100 && waits[index].wait <= most + 1, `waited ${waits[index].wait} ms`);
  });
}

// What was sent.

async function checkLog(app, vector) {
  let expected = turns(vector).map((turn) => turn.expect);
  let requests = await app.requests();
  const line = ({ method, path }) => `${method} ${path}`;
  if (vector.order === "free") {
    const byLine = (a, b) => (line(a) < line(b) ? -1 : line(a) > line(b) ? 1 : 0);
    [expected, requests] = [expected.toSorted(byLine), requests.toSorted(byLine)];
  }
  assert.deepEqual(requests.map(line), expected.map(line));
  const names = new Map([
    ["$app_id", app.id],
    ["$app_secret", "***"],
  ]);
  const tokens = new Map();
  expected.forEach((expect, index) => {
    const request = requests[index];
    fits(expect.query ?? "", request.raw_query ?? "", names);
    assert.match(request.headers["user-agent"], /^larkspur\//);
    checkHeaders(expect, request, names);
    checkToken(expect, request, tokens);
    checkBody(expect, request, names);
  });
}

function checkHeaders(expect, request, names) {
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const found = request.headers[name.toLowerCase()];
    if (value === null) assert.equal(found, undefined, name);
    // The log shows the pair without its secret half.
    else if (name === "X-Lark-Helpdesk-Authorization")
      assert.equal(found, `${Buffer.from(value, "base64").toString().split(":")[0]}:***`);
    else if (value.endsWith("*")) assert.ok(found.startsWith(value.slice(0, -1)));
    else fits(value, found, names);
  }
}

/** The log shows a label in the place of a token: the same label for the same token, and for it alone. */
function checkToken(expect, request, tokens) {
  if (!("token" in expect)) return;
  if (expect.token === null) return assert.equal(request.token, null);
  const { label } = request.token;
  if (!tokens.has(expect.token)) tokens.set(expect.token, label);
  assert.equal(tokens.get(expect.token), label);
  assert.equal(new Set(tokens.values()).size, tokens.size);
}

function checkBody(expect, { body, headers }, names) {
  const kind = headers["content-type"] ?? "";
  if (expect.form || kind.startsWith("multipart/")) {
    const boundary = kind.replace("multipart/form-data; boundary=", "");
    if ("text" in expect)
      return assert.equal(Number(headers["content-length"]), Buffer.byteLength(expect.text.replaceAll("$boundary", boundary)));
    const seen = body.parts.map(({ name, file_name, type, size, sha256 }) => [
      name,
      file_name ?? null,
      type ?? null,
      size,
      sha256,
    ]);
    assert.deepEqual(seen, expect.form.map(wanted));
  } else if ("json" in expect) {
    assert.equal(kind, JSON_TYPE);
    fits(covered(expect.json), JSON.parse(quoted(body.text)), names);
  } else if ("text" in expect) {
    assert.equal(body.text, expect.text);
  } else if ("fields" in expect) {
    assert.equal(kind, "application/x-www-form-urlencoded");
    fits(covered(expect.fields), Object.fromEntries(new URLSearchParams(body.text)), names);
  } else {
    assert.deepEqual([body, kind], [null, ""]);
  }
}

/** The log shows no secret; a code is one where it buys a token. */
function covered(json) {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const hidden = "grant_type" in json ? [...SECRETS, "code"] : SECRETS;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, hidden.includes(name) ? "***" : value]));
}

function wanted(part) {
  const content = bytes(part) ?? Buffer.alloc(0);
  return [
    part.name,
    part.file_name ?? null,
    part.type ?? null,
    content.length,
    createHash("sha256").update(content).digest("hex"),
  ];
}

function quoted(text) {
  return text.replace(STRING_OR_INTEGER, (found) => (isWide(found) ? `"${found}"` : found));
}

function isWide(digits) {
  return /^-?\d{16,}$/.test(digits) && !Number.isSafeInteger(Number(digits));
}

/** Equal, but for `$uuid` and the like: any value of the kind at first sight, the same from then on. */
function fits(expected, actual, names) {
  if (typeof expected === "string" && typeof actual === "string" && expected.includes("$")) {
    const parts = expected.split(/(\$[a-z_]+\d*)/).filter(Boolean);
    const pattern = parts.map((part) => (part.startsWith("$") ? "(.+)" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("");
    const found = actual.match(new RegExp(`^${pattern}$`));
    assert.ok(found, `${actual} is not ${expected}`);
    parts.filter((part) => part.startsWith("$")).forEach((name, index) => same(name, found[index + 1], names));
  } else if (expected !== null && typeof expected === "object") {
    assert.deepEqual(Object.keys(actual ?? {}).sort(), Object.keys(expected).sort());
    for (const key of Object.keys(expected)) fits(expected[key], actual[key], names);
  } else {
    assert.equal(actual, expected);
  }
}

function same(name, value, names) {
  if (!names.has(name)) {
    assert.match(value, MADE[name] ?? UUID);
    assert.ok(![...names.values()].includes(value));
    names.set(name, value);
  }
  assert.equal(value, names.get(name));
}
