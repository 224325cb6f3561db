// One way to call, in a process of its own: `node worker.mjs WAY URL JOB` prints what was measured as JSON.
const [way, url, job] = process.argv.slice(2);
const MESSAGE = "om_dc13264520392913993dd051dba21dcf";
const PATH = `/open-apis/im/v1/messages/${MESSAGE}`;
const CALLS = { 1: 3000, 64: 6400 };

/** Each gives a function that makes one call. */
const WAYS = {
  larkspur: () => larkspur({}),
  "larkspur over fetch": () => larkspur({ fetch: (url, init) => fetch(url, init) }),
  "@larksuiteoapi/node-sdk": async () => {
    const { Client, LoggerLevel } = (await import("@larksuiteoapi/node-sdk")).default;
    const client = new Client({
      appId: "cli_bench",
      appSecret: "s",
      domain: url,
      loggerLevel: LoggerLevel.fatal,
    });
    return () => client.im.message.get({ path: { message_id: MESSAGE } });
  },
  "raw fetch": async () => async () => {
    const answer = await fetch(url + PATH, {
      headers: { authorization: "Bearer t-1" },
    });
    return JSON.parse(await answer.text());
  },
  "raw node:http": async () => {
    const { Agent, request } = await import("node:http");
    const { hostname, port } = new URL(url);
    const options = {
      agent: new Agent({ keepAlive: true }),
      hostname,
      port,
      path: PATH,
      headers: { authorization: "Bearer t-1" },
    };
    return () =>
      new Promise((resolve, reject) => {
        const asked = request(options, (answer) => {
          const pieces = [];
          answer.on("data", (piece) => pieces.push(piece)).on("end", () => resolve(JSON.parse(Buffer.concat(pieces))));
        });
        asked.on("error", reject).end();
      });
  },
};

const JOBS = {
  /** Milliseconds from the start of the process to the first answer, and of CPU. */
  async first(call) {
    await call();
    return { ms: performance.now(), cpu: used() / 1000 };
  },

  /** Megabytes once the package is imported and the client made. */
  async memory() {
    return { rss: process.memoryUsage().rss / 2 ** 20 };
  },

  /** Calls a second and microseconds of CPU a call, by how many are in flight. */
  async calls(call) {
    for (const width of [1, 64]) await timed(call, 1000, width);
    return {
      1: await timed(call, CALLS[1], 1),
      64: await timed(call, CALLS[64], 64),
    };
  },
};

async function larkspur(options) {
  const { Client } = await import("larkspur");
  const client = new Client({
    appId: "cli_bench",
    appSecret: "s",
    baseUrl: url,
    ...options,
  });
  const { get } = client.im.v1.message;
  return () => get({ message_id: MESSAGE });
}

async function timed(call, count, width) {
  const before = used();
  const start = performance.now();
  let left = count;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: width }, caller));
  return {
    rate: (count / (performance.now() - start)) * 1000,
    cpu: (used() - before) / count,
  };
}

function used() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.stdout.write(`${JSON.stringify(await JOBS[job](await WAYS[way]()))}\n`, () => process.exit());
