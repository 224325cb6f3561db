/** Signatures for web pages inside the platform's client: `client.jsapi`. */

import { entropy } from "../entropy.js";
import { launch, type View } from "../flight.js";
import { callText, type CallOptions } from "../options.js";

/** What a page passes to the platform's function `config`. */
export interface JsapiConfig {
  appId: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  nonceStr: string;
  signature: string;
}

/** Signatures for web pages inside the platform's client. */
export class Jsapi {
  readonly #view: View;

  /** @internal */
  constructor(view: View) {
    this.#view = view;
  }

  /**
   * Signs for the page at `url` (`location.href` of the page). A signature holds for ten minutes and once; the ticket behind it is kept like a
   * token. See `larkspur/h5`, which hands it to the page.
   *
   * @throws an `ArgumentError` for what is no address of a page, a `ConfigError` on a view with a user's authority.
   */
  async sign(url: string, options?: CallOptions): Promise<JsapiConfig> {
    const told = callText(options, "jsapi.sign");
    return launch(
      this.#view,
      { signal: options?.signal },
      (core) => ["jsapi_sign", [this.#view.number(core)], entropy(), String(url), told],
      (text) => JSON.parse(text ?? "") as JsapiConfig,
    );
  }
}
