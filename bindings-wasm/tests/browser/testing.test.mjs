// The fake platform for users' own tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NotFound, RateLimited, TransportError, message } from "larkspur";
import { fake } from "larkspur/testing";

test("answers what it was told to and remembers what was called", async () => {
  const lark = fake();
  lark.on("im.v1.message.create").reply({ message_id: "om_1" });
  const sent = await lark
    .client()
    .im.v1.message.create({ receive_id_type: "chat_id", receive_id: "oc_1", content: message.text("hi") });
  assert.equal(sent.message_id, "om_1");
  const [call] = lark.calls;
  assert.equal(lark.calls.length, 1);
  assert.deepEqual(
    [call.operation, call.method, call.path, call.as],
    ["im.v1.message.create", "POST", "/open-apis/im/v1/messages", "app"],
  );
  assert.deepEqual(call.query, { receive_id_type: "chat_id" });
  assert.deepEqual(JSON.parse(call.body.content), { text: "hi" });
  assert.equal(call.body.receive_id, "oc_1");
});

test("gives answers in their order and the last one again", async () => {
  const lark = fake();
  const pages = [
    { items: [{ n: 1 }], has_more: true, page_token: "p2" },
    { items: [{ n: 2 }], has_more: false },
  ];
  lark.on("contact.v3.user.find_by_department").reply(pages[0]).reply(pages[1]);
  const seen = [];
  for await (const user of lark.client().contact.v3.user.findByDepartment.iter({ department_id: "0" })) seen.push(user.n);
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual(
    lark.calls.map((call) => call.query.page_token),
    [undefined, "p2"],
  );
});

test("fails as the platform does", async () => {
  const lark = fake();
  lark.on("im.v1.message.get").fail({ code: 99991400, msg: "slow down", status: 429, logId: "log-7" });
  await assert.rejects(lark.client().im.v1.message.get({ message_id: "om_1" }), (error) => {
    assert.ok(error instanceof RateLimited);
    assert.deepEqual([error.code, error.status, error.logId], [99991400, 429, "log-7"]);
    return true;
  });
  assert.equal(lark.calls.length, 1);
  lark.on("im.v1.chat.get").breaks();
  await assert.rejects(lark.client().im.v1.chat.get({ chat_id: "oc_1" }), TransportError);
});

test("repeats failed calls where the client is told to", async () => {
  const lark = fake();
  lark.on("im.v1.message.get").fail({ code: 1, status: 503 }).reply({ items: [] });
  assert.deepEqual(await lark.client({ maxRetries: 1 }).im.v1.message.get({ message_id: "om_1" }), { items: [] });
  assert.equal(lark.calls.length, 2);
});

test("says what to do about a call it knows no answer to", async () => {
  const lark = fake();
  await assert.rejects(lark.client().im.v1.message.delete({ message_id: "om_1" }), (error) => {
    assert.ok(error instanceof NotFound);
    assert.match(
      error.message,
      /the fake knows no answer to im\.v1\.message\.delete; say lark\.on\("im\.v1\.message\.delete"\)\.reply/,
    );
    return true;
  });
  assert.throws(() => lark.on("im.v1.message.creat"), /im\.v1\.message\.create/);
});

test("tells the user's authority from the app's, and answers by the call", async () => {
  const lark = fake();
  lark.on("contact.v3.user.get").reply(({ pathParams }) => ({ user: { open_id: pathParams.user_id } }));
  const client = lark.client();
  const user = await client.asUser({ token: "u-1" }).contact.v3.user.get({ user_id: "ou/1" });
  await client.contact.v3.user.get({ user_id: "ou_2" });
  assert.equal(user.user.open_id, "ou/1");
  assert.deepEqual(
    lark.calls.map((call) => call.as),
    ["user", "app"],
  );
});

test("takes and gives files", async () => {
  const lark = fake();
  lark.on("im.v1.image.create").reply({ image_key: "img_1" });
  lark.on("im.v1.image.get").reply(new Uint8Array([1, 2, 3]));
  const client = lark.client();
  const made = await client.im.v1.image.create({ image_type: "message", image: new Uint8Array([9, 8]) });
  assert.equal(made.image_key, "img_1");
  assert.deepEqual([...new Uint8Array(await lark.calls[0].files.image.arrayBuffer())], [9, 8]);
  assert.equal(lark.calls[0].body.image_type, "message");
  const download = await client.im.v1.image.get({ image_key: "img_1" });
  assert.deepEqual([...(await download.bytes())], [1, 2, 3]);
});
