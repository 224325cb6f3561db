/** The client of Feishu Project, the second API family, over the same core. */

import { begun, type ClientMethods } from "../client.js";
import { ApiError, is, type IdempotencyConflict } from "../errors.js";
import type { View } from "../flight.js";
import { clientText, type CallOptions } from "../options.js";
import { environment, inPage } from "../place.js";
import type { ProjectApi } from "../project-api.js";
import { ServerClient } from "./client.js";
import type { ServerOptions } from "./options.js";
import type { OAuth, SignedInUser } from "./oauth.js";
import { ServerPlatform } from "./platform.js";
import { checkStore, paced } from "./store.js";

/** What a client of Feishu Project is told. */
export interface ProjectOptions extends Omit<ServerOptions, "appId" | "appSecret" | "appType" | "accountsUrl" | "helpdesk"> {
  /** The user that the plugin acts for; calls with the plugin's token need it. */
  userKey?: string | undefined;
  /** `feishu` (the default), `lark` or a URL; `LARK_PROJECT_URL` by default. */
  baseUrl?: ServerOptions["baseUrl"];
  /** `virtual` for a plugin under development, with the data that the developer console allows. */
  pluginTokenType?: "plugin" | "virtual" | undefined;
  /** Whether rights are checked strictly as the user's; by default the platform decides. */
  checkUserRights?: boolean | undefined;
  /** Whether writing calls carry a string by which the platform recognises a repetition (true). */
  idempotency?: boolean | undefined;
  /**
   * Whether calls wait for their turn by the platform's rates, for each token and interface (true). With a `RedisStore` of `larkspur/stores`
   * processes that share a token share its rates too; while that Redis is away, each takes a quarter of every rate.
   */
  pacing?: ServerOptions["pacing"];
}

/** A user of Feishu Project who has signed in; the tokens stay inside the client and its store. */
export type ProjectUser = Pick<SignedInUser, "key" | "expiresAt" | "refreshExpiresAt">;

/** Users of Feishu Project who sign in. */
export interface ProjectOAuth {
  /**
   * Buys a user's tokens for the code that the front end got (`window.JSSDK.utils.getAuthCode()`), and keeps them. A code that is old or spent
   * ends in `ReauthorizationRequired`.
   */
  exchange(code: string, options?: CallOptions): Promise<ProjectUser>;
}

/** What a client of Feishu Project has besides the resources; its `appId` is the plugin's. */
export interface ProjectMethods extends ClientMethods {
  /** Users who sign in. */
  readonly oauth: ProjectOAuth;
  /** A view with the authority of a user, by the key that the sign-in gave or with a token of theirs; it sends no user key. */
  asUser(user: string | { token: string }): this;
  /** All tokens of the client and its views as text, which is a secret: for workers of the same plugin, and tests. */
  exportTokens(): string;
  /** Takes the tokens of an export that belong to this plugin and still hold; says how many those were. */
  importTokens(exported: string): number;
}

/** A client of Feishu Project, or a view of one. Operations are reached by name: `project.workItem.create({…})`. */
export type ProjectClient = ProjectMethods & ProjectApi;

/** Makes clients of Feishu Project. */
export interface ProjectClientConstructor {
  /** The id and secret of the plugin; by default `LARK_PLUGIN_ID` and `LARK_PLUGIN_SECRET`. */
  new (pluginId?: string, pluginSecret?: string, options?: ProjectOptions): ProjectClient;
  readonly prototype: ProjectClient;
}

declare module "../errors.js" {
  interface ApiError {
    /** In Feishu Project the code that says more than `code` does; elsewhere undefined. */
    readonly detailCode: number | undefined;
  }
}

Object.defineProperty(ApiError.prototype, "detailCode", {
  get(this: ApiError) {
    const code = this.details["detail_code"];
    return code === undefined ? undefined : Number(code);
  },
});

/** Whether it is an {@link IdempotencyConflict}: the string of a writing call has been used. */
export const isIdempotencyConflict = (error: unknown): error is IdempotencyConflict => is(error, "IdempotencyConflict");

/** The root of this family's names in the core. */
const ROOT = 0xffff_ffff;
const DEPTH = 2;
const OWN = ["tokenStore", "onStoreFailed", "userKey", "pluginTokenType", "checkUserRights", "idempotency", "pacing"];
const VARIABLES = ["LARK_PLUGIN_ID", "LARK_PLUGIN_SECRET", "LARK_PROJECT_URL"];

class PluginClient extends ServerClient {
  /** A view is made with the options of its client, as they are. */
  constructor(pluginId?: string | ProjectOptions, appSecret?: string, options?: ProjectOptions) {
    super(typeof pluginId === "object" ? pluginId : { ...options, appId: pluginId, appSecret });
  }

  static override first(options: ProjectOptions): View {
    const { tokenStore, userKey, pluginTokenType, checkUserRights, idempotency, pacing } = options;
    checkStore(tokenStore);
    const { hasPacingStore, pacing: isPaced } = paced(pacing);
    const project = { userKey, pluginTokenType, checkUserRights, idempotency, pacing: isPaced };
    const env = inPage() ? undefined : environment(VARIABLES);
    const more = { project, env, hasTokenStore: tokenStore !== undefined, hasPacingStore };
    const view = begun(new ServerPlatform(options), clientText(options, OWN, more));
    Object.assign(view.shared, { root: ROOT, depth: DEPTH });
    return view;
  }

  override get oauth(): OAuth {
    const users = super.oauth;
    const exchange: ProjectOAuth["exchange"] = async (code, options) => {
      const { key, expiresAt, refreshExpiresAt } = await users.exchange(code, { redirectUri: "" }, options);
      return { key, expiresAt, refreshExpiresAt };
    };
    // The families' sign-ins have nothing in common but the name.
    return { exchange } satisfies ProjectOAuth as unknown as OAuth;
  }
}

/** A client of Feishu Project; see {@link ProjectOptions}. Nothing is sent before the first call. */
export const ProjectClient = PluginClient as unknown as ProjectClientConstructor;
