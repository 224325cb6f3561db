/** What becomes of a program whose core gives up: here it may take no more memory, and is handed more than it has. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { format } from "./larkspur.mjs";

const slim = format === "cjs" ? createRequire(import.meta.url)("../dist/slim.cjs") : await import("../dist/slim.mjs");
const MEMORY = 5;

/** The module with the most memory that it may have set to the least that it needs. */
function bounded(module) {
  const parts = [module.subarray(0, 8)];
  for (let at = 8; at < module.length;) {
    const [length, start] = number(module, at + 1);
    const section = module.subarray(at, start + length);
    parts.push(module[at] === MEMORY ? limited(module.subarray(start, start + length)) : section);
    at = start + length;
  }
  return Buffer.concat(parts);
}

/** One memory without a limit: `1, 0, pages`. */
function limited([count, limit, ...pages]) {
  assert.deepEqual([count, limit], [1, 0]);
  const [wanted] = number(pages, 0);
  const most = [((wanted + 64) & 0x7f) | 0x80, (wanted + 64) >> 7];
  return Buffer.from([MEMORY, 2 + pages.length + most.length, 1, 1, ...pages, ...most]);
}

/** A number in groups of seven bits, and where it ends. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value |= (bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
}

test("a core that gives up ends every call with the reason, and takes no other", async () => {
  slim.initSync(bounded(readFileSync(new URL("../dist/larkspur-browser.wasm", import.meta.url))));
  const never = () => new Promise(() => {});
  const client = new slim.Client({ baseUrl: "https://open.feishu.cn", tokenProvider: () => "t-1", fetch: never });
  const { create } = client.im.v1.message;
  const hangs = create({ receive_id_type: "chat_id", receive_id: "oc_1", msg_type: "text", content: "{}" });
  const gaveUp = { name: "LarkError", message: /core gave up \(.+\); restart the program, and please report this/ };
  const ended = assert.rejects(hangs, gaveUp);
  await assert.rejects(
    create({ receive_id_type: "chat_id", receive_id: "oc_1", msg_type: "text", content: "x".repeat(8 << 20) }),
    gaveUp,
  );
  await ended;
  await assert.rejects(create({ receive_id_type: "chat_id", receive_id: "oc_1", msg_type: "text", content: "{}" }), gaveUp);
  assert.throws(() => client.withOptions({ timeout: 5 }), gaveUp);
  await client.close();
});
