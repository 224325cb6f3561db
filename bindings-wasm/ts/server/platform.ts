/** What the core asks on servers: also the stores, and who signs for an app without a secret. */

import { ClientPlatform, type Go } from "../platform.js";
import { peek } from "../runtime.js";
import { tell, type TokenWanted } from "../options.js";
import type { ServerOptions } from "./options.js";
import { askStore, type PacingStore, type StoreName, type StoreQuestion, type TokenStore } from "./store.js";

/** For whom an assertion is. */
interface Audience {
  audience: string;
}

/** The platform under a client of a server. */
export class ServerPlatform extends ClientPlatform {
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    super(options);
    this.#options = options;
  }

  override async answer(question: TokenWanted | Audience | StoreQuestion, go: Go): Promise<void> {
    if ("audience" in question) return this.ask(() => this.#options.clientAssertion!(question.audience), go);
    if ("reason" in question) return super.answer(question, go);
    const { tokenStore, pacing } = this.#options;
    const store = question.kind.endsWith("_pace") ? (pacing as PacingStore) : (tokenStore as TokenStore);
    go(...(await askStore(store, question)));
    this.#complain();
  }

  #complain(): void {
    for (let told = peek()?.tell("complaint"); told; told = peek()?.tell("complaint")) {
      const [store, reason] = told.split(/\n(.*)/s) as [StoreName, string];
      tell(() => (this.#options.onStoreFailed ?? warn)(reason, store));
    }
  }
}

/** What is wrong with a store should be seen, also where nobody has asked for it. */
function warn(reason: string, store: StoreName): void {
  console.warn(`larkspur: the ${store} failed, and the client goes on without it: ${reason}`);
}
