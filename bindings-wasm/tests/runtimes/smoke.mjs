/** The main jobs, in runtimes that have no test runner of Node's: prints a line for each that held, and breaks at the first that did not. */
import { Client, isApiError, message } from "../../dist/node.mjs";
import { smoke } from "./jobs.mjs";

const environment = globalThis.Deno?.env.toObject() ?? process.env;
const client = new Client({ appId: "cli_smoke", appSecret: "s", baseUrl: environment.SANDBOX_URL });
await smoke({ client, isApiError, message }, (line) => console.log(`ok: ${line}`));
await client.close();
