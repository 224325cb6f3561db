import { Refusal } from "./answer.js";
import type { Inside } from "../inside.js";

/**
 * An operation that pages may call: its name, or its name and whose authority it has.
 *
 * `as: "app"` makes the call with the app's authority for everybody who may call the proxy, signed in or not.
 */
export type Allowed = string | { operation: string; as: "app" | "user" };

/** How an allowed operation is called. */
export interface Permit {
  name: string;
  /** It is called without a token. */
  none: boolean;
  as: "app" | "user";
}

/** Deny by default: what is not on the list is not called. */
export class AllowList {
  readonly #catalogue: Inside;
  readonly #permits = new Map<string, Permit>();

  /** @throws an error for an unknown operation, or one that cannot be called in the way that is asked for. */
  constructor(catalogue: Inside, allow: readonly Allowed[], hasUsers: boolean) {
    this.#catalogue = catalogue;
    if (!Array.isArray(allow)) throw new TypeError('allow is missing; pass a list such as ["im.v1.message.list"]');
    for (const allowed of allow) this.#add(allowed, hasUsers);
  }

  /** How the request is called. @throws a refusal when it is not on the list. */
  find(method: string, path: string): Permit {
    checkSegments(path);
    const name = this.#catalogue.operationAt(method, path);
    const permit = name === undefined ? undefined : this.#permits.get(name);
    if (permit) return permit;
    throw new Refusal(403, `${name ?? `${method} ${path}`} is not on the proxy's list; add it to allow`);
  }

  #add(allowed: Allowed, hasUsers: boolean): void {
    const { operation, as } = typeof allowed === "string" ? { operation: allowed, as: hasUsers ? "user" : "app" } : allowed;
    if (as !== "app" && as !== "user") throw new TypeError(`as is ${String(as)}; pass "app" or "user"`);
    const known = this.#catalogue.route(operation);
    if (!known.none && !(as === "app" ? known.tenant : known.user)) throw new TypeError(misfit(known.name, known.tokens, as));
    if (as === "user" && !hasUsers && !known.none) throw new TypeError(`${known.name} needs a user; pass the user function`);
    this.#permits.set(known.name, { name: known.name, none: known.none, as });
  }
}

function misfit(name: string, tokens: string, as: "app" | "user"): string {
  const remedy =
    as === "user" ? `pass { operation: "${name}", as: "app" } to call it with the app's authority` : "pass the user function";
  return `${name} takes a ${tokens}; ${remedy}`;
}

/** Whatever undoes percent-encoding behind the proxy must not come to another path than the one that was checked. */
function checkSegments(path: string): void {
  for (const segment of path.split("/")) {
    if (/%2f|%5c|%00|\\/i.test(segment) || /^(\.|%2e){1,2}$/i.test(segment))
      throw new Refusal(400, "a segment of the path holds a slash or dots");
  }
}
