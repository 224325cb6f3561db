/** Users who sign in: `client.oauth`. */

import type { Core } from "../core.js";
import { entropy } from "../entropy.js";
import { gone, launch, type View } from "../flight.js";
import { callText, type CallOptions } from "../options.js";
import { demand } from "../runtime.js";
import { hidden } from "./hidden.js";

/** What {@link OAuth.authorize} is told. */
export interface AuthorizeOptions {
  /** Where the user comes back to with a code; registered in the developer console. */
  redirectUri: string;
  /** What the app may do for the user; `offline_access`, without which no token can be renewed, is added. */
  scopes?: readonly string[] | undefined;
  /** Whether only who has `codeVerifier` can exchange the code. */
  pkce?: boolean | undefined;
}

/** Where a user is sent to sign in. */
export interface Authorization {
  /** The page. */
  readonly url: string;
  /** What comes back with the code: compare it with what you kept in the user's session. */
  readonly state: string;
  /** To be kept in the user's session until the code is exchanged; only with `pkce`. A log does not show it. */
  readonly codeVerifier: string | undefined;
}

/** A user who has signed in; the tokens stay inside the client and its store. */
export interface SignedInUser {
  /** For `client.asUser(key)`. */
  key: string;
  openId: string;
  /** When the token expires; it is renewed by itself. */
  expiresAt: Date;
  /** Until when it can be renewed; undefined if it cannot. */
  refreshExpiresAt: Date | undefined;
  /** What the user has granted. */
  scopes: string[];
}

interface DeviceTold {
  device: number;
  url: string;
  userCode: string;
  expiresAt: number;
}

/** A sign-in that waits for its user, who has a browser elsewhere. */
export class DeviceFlow {
  /** The page to show to the user, as a link or as a QR code. */
  readonly url: string;
  /** What the user types there, if the page asks for it. */
  readonly userCode: string;
  /** Until when. */
  readonly expiresAt: Date;
  readonly #view: View;
  readonly #device: number;

  /** @internal */
  constructor(view: View, told: DeviceTold) {
    this.url = told.url;
    this.userCode = told.userCode;
    this.expiresAt = new Date(told.expiresAt);
    this.#view = view;
    this.#device = told.device;
  }

  /** Waits until the user has signed in, and keeps the tokens. A `ReauthorizationRequired` says that the user refused or did not come in time. */
  wait(options?: CallOptions): Promise<SignedInUser> {
    const told = callText(options, "wait");
    const begin = (core: Core): Start => ["device_wait", [this.#view.number(core), this.#device], entropy(), told];
    return launch(this.#view, { signal: options?.signal }, begin, userOf);
  }
}

type Start = [name: string, numbers: number[], ...parts: (string | Uint8Array)[]];

/** Users who sign in. */
export class OAuth {
  readonly #view: View;

  /** @internal */
  constructor(view: View) {
    this.#view = view;
  }

  /** The page to send a user to, with a fresh `state`. Nothing is sent. */
  authorize(options: AuthorizeOptions): Authorization {
    const core = demand("authorize");
    const told = core.tell("authorize_page", [this.#view.number(core)], entropy(), JSON.stringify(options ?? {}));
    return hidden(JSON.parse(told) as Authorization, ["codeVerifier"]);
  }

  /**
   * Buys a user's tokens for the code that came to `redirectUri`, and keeps them. A code of the platform's own client (see `larkspur/h5`) came to
   * none. A code that is old or spent ends in `ReauthorizationRequired`.
   */
  exchange(
    code: string,
    given: { redirectUri?: string | undefined; codeVerifier?: string | undefined } = {},
    options?: CallOptions,
  ): Promise<SignedInUser> {
    return this.#call("exchange", JSON.stringify({ ...given, code }), options, userOf);
  }

  /** Begins the sign-in of a user for a program without a browser: show `url` and `userCode`, then `await flow.wait()`. */
  async device(given: { scopes?: readonly string[] | undefined } = {}, options?: CallOptions): Promise<DeviceFlow> {
    const told = await this.#call("device", JSON.stringify(given), options, (text) => JSON.parse(text ?? "") as DeviceTold);
    const flow = new DeviceFlow(this.#view, told);
    gone.register(flow, [demand("device"), told.device]);
    return flow;
  }

  /** Takes back the tokens of the user with this key, at the platform and here. When the platform cannot be reached, they stay. */
  revoke(key: string, options?: CallOptions): Promise<void> {
    return this.#call("revoke", String(key), options, () => undefined);
  }

  #call<T>(name: string, given: string, options: CallOptions | undefined, read: (text: string | undefined) => T): Promise<T> {
    const told = callText(options, name);
    const begin = (core: Core): Start => [name, [this.#view.number(core)], entropy(), given, told];
    return launch(this.#view, { signal: options?.signal }, begin, read);
  }
}

function userOf(text: string | undefined): SignedInUser {
  const told = JSON.parse(text ?? "");
  const until = told.refresh_expires_at;
  return {
    key: told.key,
    openId: told.open_id,
    expiresAt: new Date(told.expires_at),
    refreshExpiresAt: until === null ? undefined : new Date(until),
    scopes: told.scopes,
  };
}
