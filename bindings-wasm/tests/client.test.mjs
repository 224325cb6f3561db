/** What is particular to JavaScript: names, arguments, aborting, sharing, leaks, secrets, files. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { Client, larkspur, message } from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const TEXT = { receive_id_type: "chat_id", receive_id: "oc_1" };

async function client(options) {
  const app = await newApp();
  return { app, client: new Client(app.options(options)) };
}

test("100 calls on a cold client send one token request; aborting one harms no other", async () => {
  const { app, client: cold } = await client();
  const abort = new AbortController();
  const calls = Array.from({ length: 100 }, (_, index) =>
    cold.im.v1.message.create({ ...TEXT, content: message.text(`n ${index}`) }, index === 0 ? { signal: abort.signal } : {}),
  );
  abort.abort(new Error("enough"));
  const ends = await Promise.allSettled(calls);
  assert.equal(ends[0].reason.message, "enough");
  assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 99);
  const tokens = (await app.requests()).filter(({ path }) => path.includes("tenant_access_token"));
  assert.equal(tokens.length, 1);
  await cold.close();
});

test("10,000 calls, aborted and not, leave nothing behind", { timeout: 120_000 }, async () => {
  const { client: busy } = await client({
    fetch: async () => new Response('{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200,"data":{}}'),
  });
  const round = async () => {
    const calls = Array.from({ length: 1000 }, (_, index) => {
      const abort = new AbortController();
      const call = busy.im.v1.message.get({ message_id: "om_1" }, { signal: abort.signal });
      if (index % 2) abort.abort();
      return call.catch(() => undefined);
    });
    await Promise.all(calls);
    globalThis.gc();
    return process.memoryUsage();
  };
  await round();
  const before = await round();
  for (let rounds = 0; rounds < 8; rounds++) await round();
  const after = await round();
  assert.ok(after.heapUsed - before.heapUsed < 2 << 20, `${after.heapUsed - before.heapUsed} bytes of heap`);
  assert.ok(after.external - before.external < 2 << 20, `${after.external - before.external} bytes outside`);
});

test("answers that come together end their calls, but for one that is aborted in between", async () => {
  const abort = new AbortController();
  let sent = 0;
  const aborted = async () => {
    // Behind the arrival of all answers, and before the turn's end.
    for (let steps = 0; steps < 20; steps++) await undefined;
    abort.abort(new Error("enough"));
  };
  const answer = async () => {
    if (++sent === 11) aborted();
    return new Response('{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200,"data":{"message_id":"om_1"}}');
  };
  const { client: crowd } = await client({ fetch: answer });
  const replaced = globalThis.setImmediate;
  globalThis.setImmediate = () => assert.fail("a test that replaces timers stops calls");
  const calls = Array.from({ length: 10 }, (_, index) =>
    crowd.im.v1.message.create({ ...TEXT, content: message.text("n") }, index === 5 ? { signal: abort.signal } : {}),
  );
  const ends = await Promise.allSettled(calls).finally(() => (globalThis.setImmediate = replaced));
  assert.equal(ends.filter(({ value }) => value?.message_id === "om_1").length, 9);
  assert.equal(ends[5].reason.message, "enough");
  await crowd.close();
});

test("an abort lets go of the connection and of the signal", async () => {
  const { app, client: held } = await client();
  await app.fault({ operation: "im.v1.message.get", then: { stall: "head" } });
  const abort = new AbortController();
  const call = held.im.v1.message.get({ message_id: "om_1" }, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 100);
  await assert.rejects(call, /enough/);
  await assert.rejects(
    held.im.v1.message.get({ message_id: "om_1" }, { signal: AbortSignal.abort(new Error("before")) }),
    /before/,
  );
  await held.close();
});

test("names that do not exist are told with the nearest", async () => {
  const { client: known } = await client();
  assert.throws(() => known.im.v1.mesage, /im\.v1\.mesage is not in the catalogue; did you mean message\?/);
  assert.throws(() => known.imm, larkspur.UnknownOperation);
  assert.equal(known.im.v1.message.create, known.im.v1.message.create);
  for (const name of ["then", "toJSON", Symbol.iterator]) assert.equal(known.im.v1[name], undefined);
  assert.equal(await Promise.resolve(known.im), known.im);
  assert.equal(typeof known.documentAi.v1.bankCard.recognize, "function");
});

test("what cannot be sent is refused before the network", async () => {
  const { app, client: strict } = await client();
  const { create } = strict.im.v1.message;
  const refused = (args, pattern, options) =>
    assert.rejects(create(args, options), (error) => larkspur.isArgumentError(error) && pattern.test(error.message));
  await refused({ timeout: 5 }, /timeout is an option, not an argument; pass it in the second argument/);
  await refused({ ...TEXT, content: NaN }, /content is NaN/);
  await refused({ ...TEXT, content: 2 ** 60 }, /BigInt/);
  await refused({ ...TEXT, content: new Date() }, /is a Date/);
  await refused({ ...TEXT, content: new Map() }, /is a Map/);
  await refused({ ...TEXT, content: () => 1 }, /is a function/);
  const circle = {};
  circle.self = circle;
  await refused({ ...TEXT, content: circle }, /cannot be written as JSON/);
  await refused({ ...TEXT, contend: "x" }, /contend/);
  await refused([], /no object/);
  await assert.rejects(create({ ...TEXT, content: message.text("x") }, { timout: 5 }), /timout is no option/);
  await assert.rejects(create({ ...TEXT, content: message.text("x") }, { timeout: -1 }), larkspur.ConfigError);
  await assert.rejects(strict.im.v1.image.create({ image_type: "message", image: "text" }), /image is a string; pass its bytes/);
  assert.throws(() => message.text(""), larkspur.ArgumentError);
  assert.deepEqual(await app.requests(), []);
});

test("options that cannot be are refused", async () => {
  const app = await newApp();
  for (const [options, pattern] of [
    [{ baseUrl: "/lark" }, /base_url is a path, which only a web page can complete/],
    [{ appSecret: " " }, /app_secret is empty/],
    [{ baseUrl: "http://open.feishu.cn" }, /plain http/],
    [{ appID: "x" }, /appID is no option/],
    [{ maxRetries: 1.5 }, /maxRetries is 1.5/],
  ]) {
    assert.throws(
      () => new Client(app.options(options)),
      (error) => larkspur.isConfigError(error) && pattern.test(error.message),
    );
  }
});

test("a page may hold no secret, and sends no token to its proxy", async (context) => {
  const app = await newApp();
  globalThis.document = {};
  context.after(() => delete globalThis.document);
  assert.throws(() => new Client(app.options()), /appSecret does not belong in a page/);
  const seen = [];
  const fetch = async (url, init) => (seen.push([url, init]), new Response('{"code":0,"msg":"ok","data":{"n":1}}'));
  const page = new Client({ baseUrl: "/lark", fetch });
  assert.deepEqual(await page.im.v1.message.get({ message_id: "om_1" }), { n: 1 });
  const [[url, init]] = seen;
  assert.equal(url, "/lark/open-apis/im/v1/messages/om_1");
  assert.deepEqual(
    [init.headers.Authorization, init.headers["User-Agent"], init.credentials],
    [undefined, undefined, "same-origin"],
  );
});

test("secrets are in no error and no inspection", async () => {
  const { app, client: holder } = await client();
  await app.fault({ operation: "im.v1.message.get", times: 0, then: { code: 99991663, msg: "invalid" } });
  const error = await holder
    .asUser({ token: "u-s3cret" })
    .im.v1.message.get({ message_id: "om_1" })
    .catch((error) => error);
  const shown = [
    inspect(holder, { depth: 9, showHidden: true }),
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    String(error),
  ].join();
  for (const secret of [app.secret, "u-s3cret"]) assert.ok(!shown.includes(secret), secret);
  assert.doesNotMatch(shown, /\bt-\w{6}/);
  await holder.close();
});

test("wide integers keep their digits, both ways", async () => {
  const { app, client: wide } = await client();
  await app.script([{ body: '{"code":0,"msg":"ok","data":{"id":7389012345678901234,"n":5,"text":"7389012345678901234"}}' }]);
  const data = await wide.request("POST", "/open-apis/x", { body: { id: 7389012345678901234n } });
  assert.deepEqual(data, { id: "7389012345678901234", n: 5, text: "7389012345678901234" });
  const [call] = await app.calls();
  assert.equal(call.body.text, '{"id":7389012345678901234}');
  await wide.close();
});

test("token providers: used, thrown, empty, hung", async () => {
  const app = await newApp();
  const { appId, baseUrl } = app.options();
  const make = (tokenProvider) =>
    new Client({ appId, baseUrl, tokenProvider, maxRetries: 0, headers: { "X-Sandbox-App": app.id } });
  const get = (given) => given.im.v1.message.get({ message_id: "om_1" }, { maxWait: 500 });
  await app.script([{ body: { code: 0, msg: "ok", data: { n: 1 } } }], { tokens: true });
  assert.deepEqual(await get(make(async () => ({ token: "t-own", expiresAt: Date.now() + 60_000 }))), { n: 1 });
  await assert.rejects(
    get(
      make(() => {
        throw new Error("vault is shut");
      }),
    ),
    /vault is shut/,
  );
  await assert.rejects(get(make(async () => "")), /empty token/);
  await assert.rejects(get(make(() => new Promise(() => undefined))), larkspur.TimeoutError);
});

test("files: bytes, blobs, streams with progress, saved", async () => {
  const { client: files } = await client();
  const data = new Uint8Array(6 << 20).map((_, index) => index % 251);
  const folder = await mkdtemp(join(tmpdir(), "larkspur-"));
  const sources = [data, new Blob([data]), { name: "a.bin", data: new Blob([data]).stream(), size: data.length }];
  for (const file of sources) {
    const progress = [];
    const { file_key } = await files.im.v1.file.create(
      { file_type: "stream", file_name: "a.bin", file },
      { onProgress: (step) => progress.push(step) },
    );
    assert.deepEqual(progress.at(-1), { done: data.length, total: data.length });
    const path = join(folder, "a.bin");
    const down = await files.im.v1.file.get({ file_key });
    assert.equal(down.size, data.length);
    await down.save(path);
    assert.ok(data.every((byte, index, _) => byte === index % 251) && Buffer.compare(await readFile(path), data) === 0);
  }
  await rm(folder, { recursive: true });
  await files.close();
});

test("hooks are told, and what they throw is ignored", async () => {
  const events = [];
  const { app, client: told } = await client({
    onRequest: (event) => events.push(["request", event.operation, event.attempt]),
    onResponse: (event) => events.push(["response", event.status]),
    onRetry: () => {
      throw new Error("a hook");
    },
  });
  await app.fault({ operation: "im.v1.message.get", then: { html: 502 } });
  await app.fault({ operation: "im.v1.message.get", then: { body: { code: 0, msg: "ok", data: {} } } });
  await told.im.v1.message.get({ message_id: "om_1" });
  assert.deepEqual(events, [
    ["request", "im.v1.message.get", 1],
    ["response", 502],
    ["request", "im.v1.message.get", 2],
    ["response", 200],
  ]);
  await told.close();
});

test("a closed client says so, and ends what is under way", async () => {
  const { app, client: closing } = await client();
  await app.fault({ operation: "im.v1.message.get", then: { stall: "head" } });
  const call = closing.im.v1.message.get({ message_id: "om_1" });
  const end = assert.rejects(call, /the client is closed/);
  setTimeout(() => closing.close(), 50);
  await end;
  await assert.rejects(closing.im.v1.message.get({ message_id: "om_1" }), /the client is closed/);
});

test("guards know the errors of another copy of the package", async () => {
  const foreign = Object.assign(new Error("x"), { name: "RateLimited", attempts: 1 });
  assert.ok(larkspur.isApiError(foreign) && larkspur.isLarkError(foreign) && larkspur.isRateLimited(foreign));
  assert.ok(!larkspur.isApiError(new Error("x")) && !larkspur.isTimeoutError(AbortSignal.timeout(0).reason ?? new Error("x")));
});

test("what is shown of a file's headers holds no cookies, and all values of a name", async () => {
  const headers = new Headers({
    "content-type": "image/png",
    "content-disposition": 'attachment; filename="a.png"',
    "x-tt-logid": "L1",
  });
  for (const [name, value] of [
    ["set-cookie", "session=s3cret"],
    ["x-tag", "one"],
    ["x-tag", "two"],
  ])
    headers.append(name, value);
  const fetch = async () => new Response("hello", { headers });
  const client = new Client({ appId: "cli_1", tokenProvider: () => "t-1", fetch });
  const file = await client.im.v1.image.get({ image_key: "img_1" });
  assert.deepEqual(
    [file.fileName, file.contentType, file.logId, file.headers["x-tag"]],
    ["a.png", "image/png", "L1", "one, two"],
  );
  assert.ok(!("set-cookie" in file.headers));
  assert.equal(await file.text(), "hello");
  await client.close();
});
