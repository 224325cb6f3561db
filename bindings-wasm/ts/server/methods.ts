/** What clients have on servers besides; the core for pages does not know it. */

import { Client, viewOf } from "../client.js";
import { demand } from "../runtime.js";
import { Jsapi } from "./jsapi.js";

/** What a client has on servers only. */
export interface ServerMethods {
  /** Signatures for web pages inside the platform's client. */
  readonly jsapi: Jsapi;
  /**
   * The operations that this client and its views have called so far, for `scopes` of `larkspur/about`. A call of any path is not among them.
   */
  usedOperations(): string[];
}

/** Gives clients what they have on servers; an entry for servers does so once. */
export function equip(): void {
  Object.defineProperties(Client.prototype, Object.getOwnPropertyDescriptors(METHODS));
}

const METHODS: ServerMethods = {
  get jsapi(): Jsapi {
    return new Jsapi(viewOf(this));
  },
  usedOperations(): string[] {
    const core = demand("usedOperations");
    return core
      .tell("used_operations", [viewOf(this).number(core)])
      .split("\n")
      .filter(Boolean);
  },
};
