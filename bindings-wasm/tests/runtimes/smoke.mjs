/** The main jobs, in runtimes that have no test runner of Node's: prints a line for each that held, and breaks at the first that did not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, ProjectClient, isApiError, message } from "../../dist/node.mjs";
import { FileStore } from "../../dist/stores.mjs";
import { serverJobs, smoke } from "./jobs.mjs";

const environment = globalThis.Deno?.env.toObject() ?? process.env;
const client = new Client({ appId: "cli_smoke", appSecret: "s", baseUrl: environment.SANDBOX_URL });
const held = (line) => console.log(`ok: ${line}`);
await smoke({ client, isApiError, message }, held);
const folder = mkdtempSync(join(tmpdir(), "larkspur-"));
await serverJobs(
  { Client, ProjectClient, tokenStore: new FileStore(join(folder, "tokens"), { key: new Uint8Array(32).fill(7) }) },
  environment.SANDBOX_URL,
  held,
);
rmSync(folder, { recursive: true });
await client.close();
