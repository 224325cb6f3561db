/** The client of Feishu Project, the second API family, over the same core. */

import { ClientPlatform } from "../platform.js";
import { LarkClient, begun, type ClientMethods } from "../client.js";
import { ApiError, is, type IdempotencyConflict } from "../errors.js";
import type { View } from "../flight.js";
import { clientText, type ClientOptions } from "../options.js";
import { environment, inPage } from "../place.js";
import type { ProjectApi } from "../project-api.js";

/** What a client of Feishu Project is told. */
export interface ProjectOptions extends Omit<ClientOptions, "appId" | "appSecret" | "helpdesk"> {
  /** The user that the plugin acts for; calls with the plugin's token need it. */
  userKey?: string | undefined;
  /** `feishu` (the default), `lark` or a URL; `LARK_PROJECT_URL` by default. */
  baseUrl?: ClientOptions["baseUrl"];
  /** `virtual` for a plugin under development, with the data that the developer console allows. */
  pluginTokenType?: "plugin" | "virtual" | undefined;
  /** Whether rights are checked strictly as the user's; by default the platform decides. */
  checkUserRights?: boolean | undefined;
  /** Whether writing calls carry a string by which the platform recognises a repetition (true). */
  idempotency?: boolean | undefined;
  /** Whether calls wait for their turn by the platform's rates, for each token and interface (true). */
  pacing?: boolean | undefined;
}

/** What a client of Feishu Project has besides the resources. */
export type ProjectMethods = Omit<ClientMethods, "appId"> & {
  /** The plugin id. */
  readonly pluginId: string;
};

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
const OWN = ["userKey", "pluginTokenType", "checkUserRights", "idempotency", "pacing"];
const VARIABLES = ["LARK_PLUGIN_ID", "LARK_PLUGIN_SECRET", "LARK_PROJECT_URL"];

class PluginClient extends LarkClient {
  /** A view is made with the options of its client, as they are. */
  constructor(pluginId?: string | ProjectOptions, appSecret?: string, options?: ProjectOptions) {
    super(typeof pluginId === "object" ? pluginId : { ...options, ...given({ appId: pluginId, appSecret }) });
  }

  static override first(options: ProjectOptions): View {
    const { userKey, pluginTokenType, checkUserRights, idempotency, pacing } = options;
    const project = { userKey, pluginTokenType, checkUserRights, idempotency, pacing };
    const env = inPage() ? undefined : environment(VARIABLES);
    const view = begun(new ClientPlatform(options), clientText(options, OWN, { project, env }));
    Object.assign(view.shared, { root: ROOT, depth: DEPTH });
    return view;
  }

  get pluginId(): string {
    return this.appId;
  }
}

function given(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A client of Feishu Project; see {@link ProjectOptions}. Nothing is sent before the first call. */
export const ProjectClient = PluginClient as unknown as ProjectClientConstructor;
