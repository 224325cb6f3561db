/** The entry for callers who load the core themselves: call {@link init} once, before anything else. */

import { Core } from "../core.js";
import { provide } from "../runtime.js";

/** Where the core comes from: its bytes, a compiled module, an answer of `fetch`, or where to fetch it. */
export type CoreSource = BufferSource | WebAssembly.Module | Response | URL | string;

/** Loads the core (`larkspur/larkspur-browser.wasm`). */
export async function init(source: CoreSource | Promise<CoreSource>): Promise<void> {
  const module = await compiled(await source);
  const core = new Core(module);
  provide({ load: () => core });
}

/** Loads the core at once, from its bytes or a compiled module. */
export function initSync(source: BufferSource | WebAssembly.Module): void {
  const core = new Core(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source));
  provide({ load: () => core });
}

async function compiled(source: CoreSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || source instanceof URL) return compiled(await fetch(source));
  if (source instanceof Response) return WebAssembly.compile(await source.arrayBuffer());
  return WebAssembly.compile(source);
}

export * from "../index.js";
