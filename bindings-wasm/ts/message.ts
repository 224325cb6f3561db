/** Messages to send: each builder gives a {@link Message}, to be passed as `content`. */

import type { Core } from "./core.js";
import { LarkError } from "./errors.js";
import { demand, messages } from "./runtime.js";

const BRAND = Symbol.for("larkspur.message");

/** A message to send: given as `content` it fills `msg_type` too. */
export class Message {
  /** `text`, `post`, `image`, `interactive`, … */
  readonly msg_type: string;
  #content: string | undefined;
  readonly #args: string;

  constructor(msg_type: string, args: string) {
    this.msg_type = msg_type;
    this.#args = args;
    // Where the core is at hand, what is wrong is told at once.
    if (messages()) void this.content;
  }

  /** The content as JSON text. */
  get content(): string {
    this.#content ??= maker().tell("build_message", [], this.msg_type, this.#args);
    return this.#content;
  }

  get [BRAND](): true {
    return true;
  }

  toJSON(): { msg_type: string; content: string } {
    return { msg_type: this.msg_type, content: this.content };
  }
}

function maker(): Core {
  const found = messages();
  if (found) return found;
  throw new LarkError("a message needs the core, which this page has not loaded yet; make a call first, or await preload()");
}

/** The message, if it is one of any copy of this package. */
export function asMessage(value: object): Message | undefined {
  return BRAND in value ? (value as Message) : undefined;
}

/** A text; {@link mention}, {@link mentionAll} and {@link escape} make its parts. */
export const text = (text: string): Message => built("text", { text });

/** A rich text: paragraphs, each a list of nodes; or `{title, content}` by locale. */
export const post = (
  content: readonly (readonly object[])[] | Record<string, object>,
  options: { title?: string; locale?: string } = {},
): Message => built("post", { content, ...options });

/** An image that was uploaded. */
export const image = (imageKey: string): Message => built("image", { image_key: imageKey });

/** A file that was uploaded. */
export const file = (fileKey: string): Message => built("file", { file_key: fileKey });

/** A sound that was uploaded as opus. */
export const audio = (fileKey: string): Message => built("audio", { file_key: fileKey });

/** A film that was uploaded, and its cover. */
export const media = (fileKey: string, imageKey?: string): Message => built("media", { file_key: fileKey, image_key: imageKey });

/** A sticker by its key. */
export const sticker = (fileKey: string): Message => built("sticker", { file_key: fileKey });

/** A card: its JSON, as an object or as text. */
export const card = (card: object | string): Message => built("interactive", { card });

/** A card that was made before, or a template with its variables. */
export const interactive = (
  source: { cardId: string } | { templateId: string; templateVersionName?: string; templateVariable?: object },
): Message =>
  "cardId" in source
    ? built("interactive", { card_id: source.cardId })
    : built("interactive", {
        template_id: source.templateId,
        template_version_name: source.templateVersionName,
        template_variable: source.templateVariable,
      });

/** A chat to be joined. */
export const shareChat = (chatId: string): Message => built("share_chat", { chat_id: chatId });

/** A person, by open id. */
export const shareUser = (userId: string): Message => built("share_user", { user_id: userId });

/** A divider line with a text. */
export const system = (text: string, options: { i18nText?: object; needRollup?: boolean } = {}): Message =>
  built("system", { text, i18n_text: options.i18nText, need_rollup: options.needRollup });

/** A mention of one person, for a text. */
export const mention = (userId: string, name = ""): string => demand("mention").tell("mention", [], userId, name);

/** A mention of everybody in the chat, for a text. */
export const mentionAll = (): string => demand("mentionAll").tell("mention_all");

/** Text of unknown origin, so that nothing in it is taken for a tag. */
export const escape = (text: string): string => demand("escape").tell("escape", [], text);

/** The text of a received message (`event.message`, or an item of a message list), with mentions resolved. */
export const parse = (message: object): string => demand("parse").tell("parse_message", [], JSON.stringify(message));

function built(kind: string, args: object): Message {
  return new Message(kind, JSON.stringify(args));
}
