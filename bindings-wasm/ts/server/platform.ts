/** What the core asks on servers: also a token store, and who signs for an app without a secret. */

import { ClientPlatform, type Go } from "../platform.js";
import { peek } from "../runtime.js";
import { tell, type TokenWanted } from "../options.js";
import type { ServerOptions } from "./client.js";
import { askStore, type StoreQuestion } from "./store.js";

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
    go(...(await askStore(this.#options.tokenStore!, question)));
    this.#complain();
  }

  #complain(): void {
    for (let reason = peek()?.tell("complaint"); reason; reason = peek()?.tell("complaint")) {
      const line = reason;
      tell(() => this.#options.onStoreFailed?.(line));
    }
  }
}
