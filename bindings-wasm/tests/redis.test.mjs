/** Tokens in a Redis: shared by clients, encrypted if wanted, and no harm when it goes away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { Client } from "./larkspur.mjs";
import { RedisStore, ioredisClient, redisForTests } from "./redis.mjs";
import { newApp } from "./sandbox.mjs";

const KEY = new Uint8Array(32).fill(7);
const bytes = (text) => new TextEncoder().encode(text);
const text = (found) => new TextDecoder().decode(found.bytes);
const tokenRequests = async (app) => (await app.requests()).filter(({ path }) => path.includes("access_token")).length;

const redis = redisForTests();

test("clients of one Redis ask for one token, with either package", async (context) => {
  const app = await newApp();
  const ioredis = ioredisClient(redis.server.port);
  context.after(() => ioredis.client.disconnect());
  for (const tokenStore of [new RedisStore(redis.run), new RedisStore(ioredis.run)]) {
    const own = new Client(app.options({ tokenStore, onStoreFailed: assert.fail }));
    await Promise.all(Array.from({ length: 20 }, () => own.im.v1.chat.list()));
  }
  assert.equal(await tokenRequests(app), 1);
  const [key] = await redis.client.keys(`larkspur:*${app.id}*`);
  assert.match(await redis.client.get(key), /^[\w-]{36} \{"v":1,"token":\{"value":"t-/);
  assert.ok((await redis.client.pTTL(key)) > 3_600_000);
});

test("a value is swapped only for the version that was seen", async () => {
  const store = new RedisStore(redis.run, { prefix: "swap:" });
  assert.equal(await store.load("a"), undefined);
  assert.deepEqual(
    [await store.swap("a", undefined, bytes("1"), 60_000), await store.swap("a", undefined, bytes("2"), 60_000)],
    [true, false],
  );
  const { version } = await store.load("a");
  assert.deepEqual(
    [await store.swap("a", "another", bytes("2"), 60_000), await store.swap("a", version, bytes("x y"), 60_000)],
    [false, true],
  );
  const later = await store.load("a");
  assert.equal(text(later), "x y");
  assert.notEqual(later.version, version);
  assert.equal(await store.swap("a", version, bytes("3"), 60_000), false);
  assert.equal(await store.swap("a", later.version, bytes("4"), 20), true);
  await sleep(100);
  assert.equal(await store.load("a"), undefined);
  assert.equal(await store.swap("b", undefined, bytes("5"), Number.MAX_SAFE_INTEGER), true);
});

test("a swap whose answer was lost is the same one when it comes again", async () => {
  let sent;
  const twice = new RedisStore(async (...words) => {
    sent = words;
    await redis.run(...words);
    return redis.run(...words);
  });
  assert.equal(await twice.swap("lost", undefined, bytes("1"), 60_000), true);
  assert.equal(sent[1][0], "larkspur:lost");
});

test("with a key nothing lies there that can be read", async () => {
  const make = (key, prefix = "sealed:") => new RedisStore(redis.run, { prefix, key });
  assert.ok(await make(KEY).swap("k", undefined, bytes("t-secret"), 60_000));
  assert.ok(!(await redis.client.get("sealed:k")).includes("t-secret"));
  assert.equal(text(await make(KEY).load("k")), "t-secret");
  await assert.rejects(make().load("k"), /its values are encrypted; pass the key/);
  // As Larkspur seals it in Python, Kotlin and Swift.
  const sealed = "sealed:1:AQEBAQEBAQEBAQEBAsz60vPNiXqAT/bA6RWc9cvdjOvvqdJD";
  await redis.client.set("sealed:a|b", `v1 ${sealed}`);
  assert.equal(text(await make(KEY).load("a|b")), "t-secret");
  for (const broken of ["sealed:1:", "sealed:1:AAAA", sealed.slice(0, 41), `${sealed.slice(0, -2)}AA`]) {
    await redis.client.set("sealed:a|b", `v1 ${broken}`);
    await assert.rejects(make(KEY).load("a|b"), /encrypted with another key/);
  }
  await redis.client.set("sealed:other", "hello");
  await assert.rejects(make(KEY).load("other"), /something else than tokens; use another prefix/);
  const wrong = new RedisStore(async () => Buffer.from("OK"));
  await assert.rejects(wrong.load("k"), /the Redis is answered for with something else than what the script gave/);
  await assert.rejects(wrong.swap("k", undefined, bytes("1"), 1000), /hand that on as text/);
  assert.throws(() => new RedisStore(redis.run, { key: new Uint8Array(3) }), /32 bytes/);
  assert.throws(() => new RedisStore("redis://127.0.0.1"), /run is no function; pass/);
  assert.ok(!inspect(make(KEY), { depth: 9 }).includes("7, 7"));
});

test("calls go on when the Redis fails, and no token is told", async () => {
  const app = await newApp();
  const told = [];
  const tokenStore = new RedisStore(async (_, __, args) => {
    throw new Error(`connection lost after ${args.join(" ")}`);
  });
  const own = new Client(app.options({ tokenStore, onStoreFailed: (reason) => told.push(String(reason)) }));
  assert.deepEqual((await own.im.v1.chat.list()).items, []);
  await own.im.v1.chat.list();
  assert.ok(told.length > 0 && told.every((line) => /connection lost/.test(line) && !/t-\w/.test(line)), told.join("\n"));
  assert.equal(await tokenRequests(app), 1);
});
