/** Processes on one Redis: one token request, and no harm when some are killed while they renew. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "./larkspur.mjs";
import { RedisStore, redisForTests } from "./redis.mjs";
import { newApp } from "./sandbox.mjs";

const BACK = "https://app.example.com/cb";
const TENANT = "/open-apis/auth/v3/tenant_access_token/internal";
const USER = "/open-apis/authen/v2/oauth/token";
const redis = redisForTests();

/** A process that makes calls when `go` lets it; `said` gives its next line. */
async function caller(app, calls, user = "") {
  const program = fileURLToPath(new URL("stores/caller.mjs", import.meta.url));
  const given = [program, app.url, app.id, app.secret, redis.server.port, calls, user].map(String);
  const child = spawn(process.execPath, given, { stdio: ["pipe", "pipe", "inherit"], timeout: 60_000 });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => (await lines.next()).value;
  assert.equal(await said(), "ready");
  return { go: () => child.stdin.write("go\n"), said, kill: () => child.kill("SIGKILL") };
}

const sent = async (app, path) => (await app.requests()).filter((request) => request.path === path);

/** Begins a renewal in a process of its own, which is killed when its request is on the way. */
async function killed(app, path, user) {
  const before = (await sent(app, path)).length;
  await app.fault({ path, then: { delay_ms: 4000 } });
  const victim = await caller(app, 1, user);
  victim.go();
  for (const end = Date.now() + 20_000; (await sent(app, path)).length === before; await sleep(20)) assert.ok(Date.now() < end);
  victim.kill();
}

test("eight processes with 32 calls each ask for one token", { timeout: 60_000 }, async () => {
  const app = await newApp();
  const fleet = await Promise.all(Array.from({ length: 8 }, () => caller(app, 32)));
  fleet.forEach(({ go }) => go());
  assert.deepEqual(new Set(await Promise.all(fleet.map(({ said }) => said()))), new Set(["done"]));
  assert.deepEqual([(await sent(app, TENANT)).length, (await app.calls()).length], [1, 8 * 32]);
});

test("who is killed while it renews holds the others up for ten seconds at most", { timeout: 60_000 }, async () => {
  const app = await newApp();
  await killed(app, TENANT);
  const fleet = await Promise.all([caller(app, 4), caller(app, 4)]);
  const began = performance.now();
  fleet.forEach(({ go }) => go());
  assert.deepEqual(await Promise.all(fleet.map(({ said }) => said())), ["done", "done"]);
  const took = performance.now() - began;
  assert.ok(took > 1000 && took < 10_000, `${took} ms`);
  assert.equal((await sent(app, TENANT)).length, 2);
});

test("a killed process's refresh token is sent once more, and its user signs in again", { timeout: 60_000 }, async () => {
  const app = await newApp();
  const client = new Client(app.options({ tokenStore: new RedisStore(redis.run) }));
  const { url } = client.oauth.authorize({ redirectUri: BACK });
  const { headers } = await fetch(`${url}&sandbox_user=ou_1`, { redirect: "manual" });
  await client.oauth.exchange(new URL(headers.get("location")).searchParams.get("code"), { redirectUri: BACK });
  await app.post("tokens/expire");
  await killed(app, USER, "ou_1");
  for (const expected of ["ReauthorizationRequired", "ReauthorizationRequired"]) {
    const successor = await caller(app, 3, "ou_1");
    successor.go();
    assert.equal(await successor.said(), expected);
  }
  const numbers = (await sent(app, USER)).map(({ refresh_token }) => refresh_token).filter(Boolean);
  assert.deepEqual([numbers.length, new Set(numbers).size], [2, 1]);
});
