// The official Node SDK against the sandbox: a token, a message, users over pages, an image up and down.
// Needs `@larksuiteoapi/node-sdk` and the environment variable SANDBOX_URL. Prints one line for each step and fails on the first that does not hold.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

// From the working folder, so that the package need not be installed beside this file.
const lark = createRequire(`${process.cwd()}/`)("@larksuiteoapi/node-sdk");

const url = process.env.SANDBOX_URL;
assert(url, "SANDBOX_URL is not set; start larkspur-sandbox and pass its URL");
const app = "cli_official_node";
const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(10_000, "pixels")]);
const client = new lark.Client({ appId: app, appSecret: "secret", domain: url, loggerLevel: lark.LoggerLevel.error, logger: silent() });

const messageId = await sendAMessage();
await readItBack(messageId);
await pageThroughUsers();
await imageUpAndDown();
await seeAnError();
await oneTokenRequestWasEnough();

// The SDK prints whole requests when one fails.
function silent() {
  const nothing = () => {};
  return { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };
}

async function sendAMessage() {
  const answer = await client.im.v1.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: "oc_1", msg_type: "text", content: JSON.stringify({ text: "hello" }) },
  });
  assert.equal(answer.code, 0);
  assert.match(answer.data.message_id, /^om_/);
  console.log("ok: send a message");
  return answer.data.message_id;
}

async function readItBack(message_id) {
  const answer = await client.im.v1.message.get({ path: { message_id } });
  assert.deepEqual(JSON.parse(answer.data.items[0].body.content), { text: "hello" });
  console.log("ok: read it back");
}

async function pageThroughUsers() {
  const ids = new Set();
  let pages = 0;
  for await (const page of await client.contact.v3.user.findByDepartmentWithIterator({ params: { department_id: "0", page_size: 50 } })) {
    page.items.forEach((user) => ids.add(user.open_id));
    pages += 1;
  }
  assert.deepEqual([ids.size, pages], [1000, 20]);
  console.log("ok: page through users");
}

async function imageUpAndDown() {
  const { image_key } = await client.im.v1.image.create({ data: { image_type: "message", image: png } });
  console.log("ok: upload an image");
  const file = await client.im.v1.image.get({ path: { image_key } });
  const pieces = await Readable.from(file.getReadableStream()).toArray();
  assert.deepEqual(Buffer.concat(pieces), png);
  console.log("ok: download it");
}

async function seeAnError() {
  const failed = await client.im.v1.message.get({ path: { message_id: "om_none" } }).catch((error) => error);
  assert.equal(failed.response.data.code, 99992354);
  assert(failed.response.headers["x-tt-logid"], "an error names its log id");
  console.log("ok: see an error");
}

async function oneTokenRequestWasEnough() {
  const log = await (await fetch(`${url}/__sandbox/requests?since=0&app_id=${app}`)).json();
  const tokens = log.requests.filter((request) => request.operation === "auth.v3.tenantAccessToken.internal");
  assert.equal(tokens.length, 1);
  console.log("ok: one token request was enough");
}
