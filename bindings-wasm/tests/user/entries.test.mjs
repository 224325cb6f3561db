/** Every entry of the installed package, by `import` and by `require`, in a folder that knows nothing else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const entries = Object.keys(require("larkspur/package.json").exports).map((entry) => entry.replace(".", "larkspur"));
const modules = entries.filter((entry) => !/\.(wasm|json)$/.test(entry));

test("it depends on nothing, and is a module and CommonJS alike", async () => {
  const { dependencies, peerDependencies, scripts } = require("larkspur/package.json");
  assert.deepEqual([dependencies, peerDependencies, scripts], [undefined, undefined, undefined]);
  assert.ok(modules.length >= 7, modules.join());
  for (const entry of modules) {
    const names = Object.keys(await import(entry)).filter((name) => name !== "default" && name !== "module.exports");
    assert.deepEqual(Object.keys(require(entry)).sort(), names.sort(), entry);
    assert.ok(names.length > 0, entry);
  }
});

test("entries reach the core behind a client of their own format", async () => {
  for (const load of [(entry) => import(entry), require]) {
    const { fake } = await load("larkspur/testing");
    const { createProxy } = await load("larkspur/proxy");
    const lark = fake();
    lark.on("im.v1.chat.list").reply({ items: [] });
    const proxy = createProxy({ client: lark.client(), allow: ["im.v1.chat.list"] });
    const answer = await proxy(new Request("https://app.example/lark/open-apis/im/v1/chats"));
    assert.deepEqual((await answer.json()).data, { items: [] });
  }
});

test("the slim entry takes the core as bytes and as a module", async () => {
  const bytes = readFileSync(require.resolve("larkspur/larkspur-browser.wasm"));
  const slim = await import("larkspur/slim");
  assert.throws(() => new slim.Client({ baseUrl: "https://open.feishu.cn", tokenProvider: () => "t" }), /call init\(\)/);
  for (const source of [bytes, new WebAssembly.Module(bytes)]) {
    await slim.init(source);
    slim.initSync(source);
  }
  const fetch = async () => Response.json({ code: 0, msg: "ok", data: { n: 1 } });
  const client = new slim.Client({ baseUrl: "https://open.feishu.cn", tokenProvider: () => "t-1", fetch });
  assert.deepEqual(await client.im.v1.message.get({ message_id: "om_1" }), { n: 1 });
});
