/** Whether this is a web page (or a worker of one), where secrets do not belong. */
export function inPage(): boolean {
  const here = globalThis as { document?: unknown; importScripts?: unknown; location?: { origin?: string } };
  if (typeof here.document === "object" && here.document !== null) return true;
  return typeof here.importScripts === "function" && /^https?:/.test(here.location?.origin ?? "");
}

/** What stands behind `larkspur/…` in the `User-Agent`. */
export function runtimeName(): string {
  const here = globalThis as {
    Deno?: { version: { deno: string } };
    Bun?: { version: string };
    process?: { versions?: { node?: string } };
  };
  if (here.Deno) return `deno/${here.Deno.version.deno}`;
  if (here.Bun) return `bun/${here.Bun.version}`;
  const node = here.process?.versions?.node;
  return node ? `node/${node}` : "js";
}

/** What the environment says for options that are left out. */
export function environment(names = VARIABLES): Record<string, string | undefined> {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  return Object.fromEntries(names.map((name) => [name, env?.[name]]));
}

/** Named one by one: a runtime may allow no others to be read. */
const VARIABLES = ["LARK_APP_ID", "LARK_APP_SECRET", "LARK_BASE_URL"];
