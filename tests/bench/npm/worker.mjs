// One way to call, in a process of its own: `node worker.mjs WAY URL JOB` prints what was measured as JSON.
const [way, url, job] = process.argv.slice(2);
const MESSAGE = "om_dc13264520392913993dd051dba21dcf";
const PATH = `/open-apis/im/v1/messages/${MESSAGE}`;
const CONTENT = JSON.stringify({ text: "hello" });
const CALLS = { 1: 3000, 64: 6400 };

/** Each gives a function that makes one call. */
const WAYS = {
  larkspur: async () => {
    const { get } = (await client({})).im.v1.message;
    return () => get({ message_id: MESSAGE });
  },
  "larkspur over fetch": async () => {
    const { im } = await client({ fetch: (url, init) => fetch(url, init) });
    return () => im.v1.message.create({ receive_id_type: "chat_id", receive_id: "oc_1", msg_type: "text", content: CONTENT });
  },
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
  // The same request as Larkspur's, and nothing else.
  "raw fetch": async () => async () => {
    const answer = await fetch(`${url}/open-apis/im/v1/messages?receive_id_type=chat_id`, {
      method: "POST",
      headers: {
        Authorization: "Bearer t-1",
        "User-Agent": "larkspur/0.1.0 node/20.0.0",
        "Content-Type": "application/json; charset=utf-8",
      },
      body: JSON.stringify({ receive_id: "oc_1", msg_type: "text", content: CONTENT }),
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

async function client(options) {
  const { Client } = await import("larkspur");
  return new Client({ appId: "cli_bench", appSecret: "s", baseUrl: url, ...options });
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
