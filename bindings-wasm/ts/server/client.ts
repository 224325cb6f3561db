/** What a client has on servers, where secrets may be: tenants of store apps, users who sign in, token stores. */

import { LarkClient, begun, type ClientMethods } from "../client.js";
import { clientText } from "../options.js";
import { clocks } from "../machine.js";
import { INSIDE, catalogueOf, type Inside } from "../inside.js";
import { demand, peek } from "../runtime.js";
import type { Api } from "../api.js";
import { Jsapi } from "./jsapi.js";
import { OAuth } from "./oauth.js";
import type { ServerOptions } from "./options.js";
import { ServerPlatform } from "./platform.js";
import { checkStore, paced } from "./store.js";

/** What a client on a server has besides. */
export interface ServerMethods {
  /** Users who sign in. */
  readonly oauth: OAuth;
  /** Signatures for web pages inside the platform's client. */
  readonly jsapi: Jsapi;
  /** A view with the authority of a user who has signed in; it never falls back to the app's. */
  asUser(key: string): this;
  /** A view of a store app with the authority that a tenant gave it. */
  forTenant(tenantKey: string): this;
  /** Takes the ticket of a store app that the platform pushes about every hour; the calls that wait for one go on. */
  setAppTicket(ticket: string): void;
  /** All tokens of the client and its views as text, which is a secret: for workers of the same app, and tests. */
  exportTokens(): string;
  /** Takes the tokens of an export that belong to this app and still hold; says how many those were. */
  importTokens(exported: string): number;
  /** The operations that this client and its views have called so far, for `scopes` of `larkspur/about`; a call of any path is not among them. */
  usedOperations(): string[];
}

/** A client of the platform, or a view of one. Operations are reached by name: `client.im.v1.message.create({…})`. */
export type Client = ServerMethods & ClientMethods & Api;

/** Makes clients. */
export interface ClientConstructor {
  new (options?: ServerOptions): Client;
  readonly prototype: Client;
}

const OWN = ["appType", "accountsUrl", "clientAssertion", "tokenStore", "pacing", "onStoreFailed"];

/** What both families' clients are made of on servers. */
export class ServerClient extends LarkClient {
  static override first(options: ServerOptions): ReturnType<typeof LarkClient.first> {
    const { appType, accountsUrl, clientAssertion, tokenStore, pacing } = options ?? {};
    checkStore(tokenStore);
    const stores = { hasTokenStore: tokenStore !== undefined, ...paced(pacing) };
    const has = { hasClientAssertion: clientAssertion !== undefined, ...stores };
    const text = clientText(options, OWN, { appType, accountsUrl, ...has });
    return begun(new ServerPlatform(options), text);
  }

  get oauth(): OAuth {
    return new OAuth(LarkClient.viewOf(this));
  }

  get jsapi(): Jsapi {
    return new Jsapi(LarkClient.viewOf(this));
  }

  override asUser(user: string | { token: string }): LarkClient {
    return typeof user === "string" ? LarkClient.derive(this, "as_known_user", user) : super.asUser(user);
  }

  forTenant(tenantKey: string): LarkClient {
    return LarkClient.derive(this, "for_tenant", String(tenantKey));
  }

  setAppTicket(ticket: string): void {
    this.#tell("set_app_ticket", String(ticket));
  }

  exportTokens(): string {
    return this.#tell("export_tokens");
  }

  importTokens(exported: string): number {
    return Number(this.#tell("import_tokens", String(exported)));
  }

  get [INSIDE](): Inside {
    return insideOf(this);
  }

  usedOperations(): string[] {
    return this.#tell("used_operations").split("\n").filter(Boolean);
  }

  #tell(name: string, ...parts: string[]): string {
    const core = demand(name);
    const view = LarkClient.viewOf(this);
    const told = core.tell(name, [view.number(core), ...clocks()], ...parts);
    view.shared.collect(core);
    return told;
  }
}

/** A client of the platform; see {@link ServerOptions}. Nothing is sent before the first call. */
export const Client = ServerClient as unknown as ClientConstructor;

/** For `larkspur/proxy` and `larkspur/testing`. */
function insideOf(client: ServerClient): Inside {
  const [view, options] = [LarkClient.viewOf(client), LarkClient.optionsOf(client)];
  return {
    ...catalogueOf(() => demand("this")),
    baseUrl: client.baseUrl,
    fetch: (options.fetch ?? ((url: string, init?: RequestInit) => globalThis.fetch(url, init))) as typeof fetch,
    token: async () => (await client.token()).token,
    refused: (token, status, body) => {
      const core = peek();
      return core !== undefined && core.run("refused", [view.number(core), status, ...clocks()], token, body) > 0;
    },
  };
}
