/** The entry for pages: the core is fetched behind the first call, and what makes messages with the first one. */

import { Core } from "../core.js";
import { LarkError } from "../errors.js";
import { provide } from "../runtime.js";

// Bundlers know this form and bring the files along.
provide({
  later: true,
  load: () => fetched("larkspur-browser.wasm", new URL("./larkspur-browser.wasm", import.meta.url)),
  messages: () => fetched("larkspur-message.wasm", new URL("./larkspur-message.wasm", import.meta.url)),
});

async function fetched(name: string, url: URL): Promise<Core> {
  const answer = await fetch(url);
  if (!answer.ok)
    throw new LarkError(`${name} is not at ${url.pathname} (HTTP ${answer.status}); serve it there, or import larkspur/slim`);
  // From a server that names another type it cannot be streamed.
  const streams = answer.headers.get("content-type") === "application/wasm";
  return new Core(await (streams ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer())));
}

export * from "../index.js";
export * from "./servers.js";
