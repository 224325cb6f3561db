/** The entry for pages: the core is fetched behind the first call. */

import { Core } from "../core.js";
import { provide } from "../runtime.js";

provide({
  later: true,
  async load() {
    // Bundlers know this form and bring the file along.
    const url = new URL("./larkspur-browser.wasm", import.meta.url);
    const answer = await fetch(url);
    if (!answer.ok)
      throw new Error(
        `larkspur's core is not at ${url.pathname} (HTTP ${answer.status}); serve larkspur-browser.wasm there, or import larkspur/slim`,
      );
    try {
      return new Core(await WebAssembly.compileStreaming(answer.clone()));
    } catch {
      // A server that sends another content type.
      return new Core(await WebAssembly.compile(await answer.arrayBuffer()));
    }
  },
});

export * from "../index.js";
export * from "./servers.js";
