import type { Core } from "./core.js";

/** How `larkspur/proxy` and `larkspur/testing` reach the core behind a client: they are files of their own and hold no copy of it. */
export const INSIDE: unique symbol = Symbol.for("larkspur.inside") as never;

/** What is known of operations. */
export interface Catalogue {
  /** What is known of one, as the core's `route` writes it. @throws an error with the nearest name for an unknown one. */
  route(name: string): Route;
  /** The name of the operation that a request calls. */
  operationAt(method: string, path: string): string | undefined;
}

/** The catalogue of a core that has it. */
export function catalogueOf(core: () => Core): Catalogue {
  return {
    route: (name) => JSON.parse(core().tell("route", [], name)) as Route,
    operationAt: (method, path) => core().tell("operation_at", [], method, path) || undefined,
  };
}

/** What a client on a server has for them. */
export interface Inside extends Catalogue {
  /** Where its calls go. */
  readonly baseUrl: string;
  /** The `fetch` it was given, or the runtime's. */
  readonly fetch: typeof fetch;
  /** The token of the view, the app's or a user's, renewed when it must be. */
  token(): Promise<string>;
  /** Whether an answer refuses that token and another one may be had. */
  refused(token: string, status: number, body: Uint8Array): boolean;
}

/** What is known of an operation without calling it. */
export interface Route {
  name: string;
  method: string;
  /** The path with its placeholders. */
  path: string;
  /** The tokens it accepts, in words. */
  tokens: string;
  /** It accepts the app's token, a user's token, or is called without one. */
  tenant: boolean;
  user: boolean;
  none: boolean;
  /** The fields of its answer stand beside `code` and `msg`. */
  root: boolean;
}

/** What is behind a client. @throws an error for what is no client. */
export function inside(client: object): Inside {
  const found = (client as { [INSIDE]?: Inside } | undefined)?.[INSIDE];
  if (!found) throw new TypeError("client is no client of this package for servers; pass new Client(…)");
  return found;
}
