/** A Redis of a test's own, and the store in it through the package `redis`. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { format } from "./larkspur.mjs";

export const { FileStore, RedisStore } =
  format === "cjs" ? createRequire(import.meta.url)("../dist/stores.cjs") : await import("../dist/stores.mjs");
const packages = createRequire(join(process.env.LARKSPUR_REDIS_CLIENTS, "package.json"));

/** A server that keeps nothing; `end` ends it. */
export async function startRedis() {
  const port = await freePort();
  const server = spawn("redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  await listening(server, port);
  return { port, end: () => (server.kill(), gone) };
}

/** A server and a client for the tests of one file, there before the first and ended after the last. */
export function redisForTests() {
  const own = {};
  before(async () => {
    own.server = await startRedis();
    Object.assign(own, await redisClient(own.server.port));
  });
  after(async () => {
    await own.client?.close();
    await own.server?.end();
  });
  return own;
}

/** The client `redis`, and what runs scripts by it. */
export async function redisClient(port) {
  const client = packages("redis").createClient({
    url: `redis://127.0.0.1:${port}`,
    socket: { reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  // What goes wrong is told to whoever asks.
  client.on("error", () => {});
  await client.connect();
  return { client, run: (script, keys, args) => client.eval(script, { keys, arguments: args }) };
}

/** The same with `ioredis`. */
export function ioredisClient(port) {
  const client = new (packages("ioredis").Redis)(port, "127.0.0.1");
  return { client, run: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args) };
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => probe.once("listening", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

async function listening(server, port) {
  for (const end = Date.now() + 10_000; ; await sleep(20)) {
    if (Date.now() > end || server.exitCode !== null) throw new Error("redis-server did not start");
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((done) => socket.once("connect", () => done(true)).once("error", () => done(false)));
    socket.destroy();
    if (isThere) return;
  }
}
