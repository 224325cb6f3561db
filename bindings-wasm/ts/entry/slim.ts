/** The entry for callers who load the core themselves: call {@link init} once, before anything else. */

import { Core } from "../core.js";
import { provide } from "../runtime.js";

/** Its bytes. */
export type CoreBytes = ArrayBuffer | ArrayBufferView;
/** A `WebAssembly.Module`, where the types of the runtime know of one. */
export type CoreModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : never;
/** Where the core comes from: its bytes, a compiled module, an answer of `fetch`, or where to fetch it. */
export type CoreSource = CoreBytes | CoreModule | Response | URL | string;

/** Loads the core (`larkspur/larkspur-browser.wasm`). */
export async function init(source: CoreSource | Promise<CoreSource>): Promise<void> {
  const module = await compiled(await source);
  const core = new Core(module);
  provide({ load: () => core });
}

/** Loads the core at once, from its bytes or a compiled module. */
export function initSync(source: CoreBytes | CoreModule): void {
  const core = new Core(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource));
  provide({ load: () => core });
}

async function compiled(source: CoreSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || source instanceof URL) return compiled(await fetch(source));
  if (source instanceof Response) return WebAssembly.compile(await source.arrayBuffer());
  return WebAssembly.compile(source as BufferSource);
}

export * from "../index.js";
