/** The entry for callers who load the core themselves: call {@link init} once, before anything else. */

import { Core } from "../core.js";
import { LarkError } from "../errors.js";
import { provide } from "../runtime.js";
import { systemFailure } from "../system.js";

/** Its bytes. */
export type CoreBytes = ArrayBuffer | ArrayBufferView;
/** A `WebAssembly.Module`, where the types of the runtime know of one. */
export type CoreModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : never;
/** Where the core comes from: its bytes, a compiled module, an answer of `fetch`, or where to fetch it. */
export type CoreSource = CoreBytes | CoreModule | Response | URL | string;

/**
 * Loads the core (`larkspur/larkspur-browser.wasm`); with messages to send also what makes them (`larkspur/larkspur-message.wasm`).
 */
export async function init(source: CoreSource | Promise<CoreSource>, messages?: CoreSource | Promise<CoreSource>): Promise<void> {
  const [core, maker] = await Promise.all([compiled(await source), messages && compiled(await messages)]);
  given(core, maker);
}

/** Loads them at once, from their bytes or compiled modules. */
export function initSync(source: CoreBytes | CoreModule, messages?: CoreBytes | CoreModule): void {
  const module = (source: CoreBytes | CoreModule): WebAssembly.Module =>
    source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource);
  given(module(source), messages && module(messages));
}

function given(source: WebAssembly.Module, messages: WebAssembly.Module | undefined): void {
  const core = new Core(source);
  const builds = WebAssembly.Module.exports(messages ?? source).some(({ name }) => name === "build_message");
  const maker = messages ? new Core(messages) : core;
  provide({
    load: () => core,
    failure: systemFailure,
    messages() {
      if (builds) return maker;
      throw new LarkError("a message needs larkspur-message.wasm; pass it to init() behind the core");
    },
  });
}

async function compiled(source: CoreSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || source instanceof URL) return compiled(await fetch(source));
  if (source instanceof Response) return WebAssembly.compile(await source.arrayBuffer());
  return WebAssembly.compile(source as BufferSource);
}

export * from "../index.js";
