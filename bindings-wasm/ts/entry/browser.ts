/** The entry for pages: the core is fetched behind the first call. */

import { provide } from "../runtime.js";
import { instance } from "./instance.js";

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
      return instance(await WebAssembly.compileStreaming(answer.clone()));
    } catch {
      // A server that sends another content type.
      return instance(await WebAssembly.compile(await answer.arrayBuffer()));
    }
  },
});

export * from "../index.js";
