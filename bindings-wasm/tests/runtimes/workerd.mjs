/** The main jobs in workerd, by Miniflare. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Miniflare } = createRequire(join(process.env.LARKSPUR_RUNTIMES, "package.json"))("miniflare");

const dist = new URL("../../dist/", import.meta.url);
const read = (name, base) => readFileSync(new URL(name, base));
const worker = `
  import { Client, MemoryStore, ProjectClient, isApiError, message } from "./workerd.mjs";
  import { serverJobs, smoke } from "./jobs.mjs";
  // One for all requests, as a program has it.
  let client;
  export default {
    async fetch(request, env) {
      const lines = [];
      client ??= new Client({ appId: "cli_worker", appSecret: "s", baseUrl: env.SANDBOX_URL });
      if (request.url.endsWith("/leaves")) {
        // The request ends while its call is under way, for a token too.
        client.im.v1.message.get({ message_id: "om_1" }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 300));
        return new Response("gone");
      }
      const held = (line) => lines.push("ok: " + line);
      await smoke({ client, isApiError, message }, held);
      await serverJobs({ Client, ProjectClient, tokenStore: new MemoryStore() }, env.SANDBOX_URL, held);
      return new Response(lines.join("\\n"));
    },
  };`;
const miniflare = new Miniflare({
  modules: [
    { type: "ESModule", path: "worker.mjs", contents: worker },
    { type: "ESModule", path: "workerd.mjs", contents: read("workerd.mjs", dist).toString() },
    { type: "ESModule", path: "jobs.mjs", contents: read("jobs.mjs", import.meta.url).toString() },
    { type: "CompiledWasm", path: "larkspur.wasm", contents: read("larkspur.wasm", dist) },
  ],
  bindings: { SANDBOX_URL: process.env.SANDBOX_URL },
  compatibilityDate: "2026-01-01",
});
// Nobody answers these when they ask for a token, and nobody waits for them.
const TOKEN = "/open-apis/auth/v3/tenant_access_token/internal";
const rule = { app_id: "cli_worker", method: "POST", path: TOKEN, times: 3, then: { stall: "head" } };
await fetch(`${process.env.SANDBOX_URL}/__sandbox/faults`, { method: "POST", body: JSON.stringify({ rules: [rule] }) });
const began = performance.now();
for (let left = 0; left < 3; left += 1) await (await miniflare.dispatchFetch("http://worker.test/leaves")).text();
const answer = await miniflare.dispatchFetch("http://worker.test/");
console.log(await answer.text());
// A call that waited for what another request had begun would wait for half a minute and more.
const inTime = performance.now() - began < 20_000;
if (answer.ok && inTime) console.log("ok: requests that ended while they fetched a token harm no later one");
await miniflare.dispose();
if (!answer.ok || !inTime) process.exit(1);
