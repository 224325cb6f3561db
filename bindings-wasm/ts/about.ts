/**
 * What the platform's pages say of an operation besides how it is called: scopes, rates, links, known values.
 *
 * An entry of its own, since a page that only calls operations need not download it.
 *
 * @module
 */

import { catalogueOf, type Catalogue } from "./inside.js";
import { ready } from "./runtime.js";

/** What is known of an operation. */
export interface About {
  /** Its name in JavaScript's spelling. */
  operation: string;
  /** The scopes of which any one is enough; empty if none is needed, null if that is not documented. */
  scopes: string[] | null;
  /** The scopes that are all needed for a full answer; mostly empty. */
  scopesAll: string[];
  /** The scopes without which the platform leaves out some fields of the answer. */
  fieldScopes: string[];
  /** Whether the page ties the scopes to further conditions in prose. */
  conditional: boolean;
  /** How often it may be called: `1000/min,50/s`, or `special` where the page explains it in prose. */
  rate: string | null;
  /** Its page. */
  docUrl: string | null;
  /** Whether the page calls it historic: it works, but something newer has taken its place. */
  historic: boolean;
  /** What has taken its place, if one operation has. */
  successor: string | null;
  /** Whether a self-built app may call it, and whether a store app may. */
  selfBuilt: boolean;
  store: boolean;
  /** The known values of arguments, by their names; the platform may add values. */
  values: Record<string, string[]>;
}

/**
 * Tells what is known of an operation, by its name in any spelling.
 *
 * @throws an error with the nearest name when there is no such operation.
 */
export async function about(operation: string): Promise<About> {
  const core = await ready();
  return JSON.parse(core.tell("about", [], operation)) as About;
}

/** What permissions are sought for, besides the operations. */
export interface ScopeOptions {
  /** With whose authority operations are called that take either: the app's (`tenant`, the default), a user's, or now the one, now the other. */
  identity?: "tenant" | "user" | "both";
  /** Also the scopes without which the platform leaves out some fields of the answers. */
  fields?: boolean;
  /** What the app has already: what the developer console exports. */
  granted?: Pick<Least, "scopes">;
}

/** The least permissions. `JSON.stringify({ scopes })` is what the developer console imports. */
export interface Least {
  scopes: { tenant: string[]; user: string[] };
  /** The operations of which nobody has documented what they need. */
  undocumented: string[];
  /** The operations whose pages tie their scopes to further conditions in prose. */
  conditional: string[];
}

/**
 * The least permissions with which all these operations can be called.
 *
 * @throws an error with the nearest name when there is no such operation.
 */
export async function scopes(operations: readonly string[], options: ScopeOptions = {}): Promise<Least> {
  const core = await ready();
  const { export: exported, ...doubtful } = JSON.parse(core.tell("scopes", [], JSON.stringify({ operations, ...options })));
  return { ...exported, ...doubtful } as Least;
}

/**
 * The operations whose names stand in a source text (`client.im.v1.message.create(…)`), in whatever language.
 *
 * What a program calls in other ways, with a part kept in a variable, is not found: see `client.usedOperations()`.
 */
export async function operationsIn(source: string): Promise<string[]> {
  const core = await ready();
  return JSON.parse(core.tell("operations_in", [], source)) as string[];
}

/**
 * The operations for which a scope is enough.
 *
 * @throws an error with the nearest scope when no operation names it.
 */
export async function operationsOf(scope: string): Promise<string[]> {
  const core = await ready();
  return JSON.parse(core.tell("operations_of", [], scope)) as string[];
}

/** @internal What `larkspur/testing` needs in a page. */
export async function catalogue(): Promise<Catalogue> {
  const core = await ready();
  return catalogueOf(() => core);
}
