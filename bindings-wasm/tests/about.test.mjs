/** The entry `larkspur/about`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as larkspur from "./larkspur.mjs";
import { newApp } from "./sandbox.mjs";

const { about, operationsIn, operationsOf, scopes } = larkspur.about;

test("what is known of an operation, by either spelling of its name", async () => {
  const known = await about("im.v1.message.create");
  assert.equal(known.rate, "1000/min,50/s");
  assert.ok(known.scopes.includes("im:message:send_as_bot"));
  assert.match(known.docUrl, /^https:\/\/open\.feishu\.cn\/document\//);
  assert.ok(known.values.receive_id_type.includes("chat_id"));
  assert.ok(known.selfBuilt && known.store && !known.historic);
  assert.deepEqual(await about("IM.v1.message.create"), known);
  assert.equal((await about("contact.v3.user.list")).historic, true);
});

test("the least permissions, as the developer console imports them", async () => {
  const { scopes: least, undocumented } = await scopes(["im.v1.message.create", "contact.v3.user.get"]);
  assert.ok(least.tenant.includes("im:message:send_as_bot") && least.user.length === 0);
  assert.deepEqual(undocumented, []);
  const more = await scopes(["im.v1.message.create"], { identity: "both", granted: { scopes: least } });
  assert.deepEqual(more.scopes.tenant, []);
  assert.ok(more.scopes.user.length > 0);
  assert.ok((await operationsOf("im:message:send_as_bot")).includes("im.v1.message.create"));
});

test("what a source calls, and what a client has called", async () => {
  assert.deepEqual(await operationsIn('await client.im.v1\n  .chat.list(); lark.on("im.v1.message.create")'), [
    "im.v1.chat.list",
    "im.v1.message.create",
  ]);
  const app = await newApp();
  const client = new larkspur.Client(app.options());
  assert.deepEqual(client.usedOperations(), []);
  await client.withOptions({ timeout: 5000 }).im.v1.chat.list();
  await client.im.v1.message.get({ message_id: "om_none" }).catch(() => {});
  await client.request("GET", "/open-apis/im/v1/chats/oc_1").catch(() => {});
  assert.deepEqual(client.usedOperations(), ["im.v1.chat.list", "im.v1.message.get"]);
});

test("what does not exist is told with the nearest", async () => {
  await assert.rejects(about("im.v1.mesage.create"), /did you mean/);
  await assert.rejects(scopes(["nonsense"]), { name: "UnknownOperation" });
  await assert.rejects(scopes(["im.v1.message.create"], { identity: "nobody" }), /pass tenant, user or both/);
  await assert.rejects(operationsOf("im:mesage"), /did you mean im:message/);
});
