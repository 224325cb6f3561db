/** Custom bots of a group: whoever knows the address of one may send to it. */

import { entropy } from "../entropy.js";
import { ArgumentError, ConfigError } from "../errors.js";
import { launch, View } from "../flight.js";
import { decode } from "../json.js";
import { Shared } from "../machine.js";
import { asMessage, type Message } from "../message.js";
import { callText, clientText, type CallOptions, type ClientOptions } from "../options.js";
import { ClientPlatform } from "../platform.js";

/** What a custom bot is told; all but `secret` is as for a client. */
export interface WebhookBotOptions extends Omit<ClientOptions, "appId" | "appSecret" | "baseUrl" | "tokenProvider" | "helpdesk"> {
  /** What the bot signs with, if its settings say so. */
  secret?: string | undefined;
}

/**
 * A custom bot of a group.
 *
 * ```ts
 * await new WebhookBot(url, { secret: "…" }).send(message.text("deployed"));
 * ```
 */
export class WebhookBot {
  readonly #view: View;

  /**
   * Makes a bot; nothing is sent before the first message. `url` is the address in the bot's settings, which is a secret.
   *
   * @throws a `ConfigError` for an address that is none of a bot, an empty secret, or an option that cannot be.
   */
  constructor(url: string, options: WebhookBotOptions = {}) {
    if (typeof url !== "string") throw new ConfigError("url is no string; pass the address in the bot's settings");
    const { secret, ...others } = options;
    const text = clientText(others);
    const signs = secret === undefined ? 0 : 1;
    this.#view = new View(new Shared(new ClientPlatform(others)), (core) =>
      core.make("bot", [signs], text, url, String(secret ?? "")),
    );
  }

  /**
   * Sends a text, post, image, shared chat or card to the bot's group; gives what the platform answers, mostly `{}`.
   *
   * It waits for its turn within `maxWait`: a bot may send five messages a second, and a hundred a minute.
   */
  async send(message: Message, options?: CallOptions): Promise<unknown> {
    const built = typeof message === "object" && message !== null ? asMessage(message) : undefined;
    if (!built) throw new ArgumentError("message is no message; pass message.text(…) or another one", { operation: "bot.send" });
    const told = callText(options, "bot.send");
    return launch(
      this.#view,
      { signal: options?.signal },
      (core) => ["bot_send", [this.#view.number(core)], entropy(), built.msg_type, built.content, told],
      decode,
    );
  }

  /** Ends what is under way and lets go of the connections. */
  close(): Promise<void> {
    this.#view.shared.close();
    return Promise.resolve();
  }
}
