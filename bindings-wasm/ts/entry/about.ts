/** `larkspur/about` for pages and other runtimes: fetched behind the first question. */

import { Core } from "../core.js";
import { provide } from "../runtime.js";

provide({
  async load() {
    const url = new URL("./larkspur-about.wasm", import.meta.url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`larkspur-about.wasm is not at ${url.pathname} (HTTP ${answer.status}); serve it there`);
    return new Core(await WebAssembly.compile(await answer.arrayBuffer()));
  },
});

export * from "../about.js";
