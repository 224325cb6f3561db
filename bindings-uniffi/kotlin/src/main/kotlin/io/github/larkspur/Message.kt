package io.github.larkspur

import io.github.larkspur.ffi.escapeText
import io.github.larkspur.ffi.parseMessage
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/**
 * A message to send: give it as the argument `content`, and it fills `msg_type` too.
 *
 * @property msgType `text`, `post`, `image`, `interactive`, …
 * @property content the content as JSON text
 */
public class Message private constructor(public val msgType: String, public val content: String) {
    /** What stands for the message among an operation's arguments. */
    public fun toJson(): JsonObject {
        val parts = mapOf("msg_type" to JsonPrimitive(msgType), "content" to JsonPrimitive(content))
        return JsonObject(mapOf("\$message" to JsonObject(parts)))
    }

    /** The type and the content. */
    override fun toString(): String = "Message($msgType: $content)"

    /** Builds messages, and reads received ones. */
    public companion object {
        /** Plain text; see [mention] and [escape]. */
        @JvmStatic
        public fun text(text: String): Message = build("text", "text" to text)

        /** Rich text: [content] holds paragraphs (lists of nodes), or an object of title and content by locale. */
        @JvmStatic
        @JvmOverloads
        public fun post(content: JsonElement, title: String? = null, locale: String? = null): Message =
            build("post", "content" to content, "title" to title, "locale" to locale)

        /** An image by the key of its upload. */
        @JvmStatic
        public fun image(imageKey: String): Message = build("image", "image_key" to imageKey)

        /** A file by the key of its upload. */
        @JvmStatic
        public fun file(fileKey: String): Message = build("file", "file_key" to fileKey)

        /** A sound by the key of its upload. */
        @JvmStatic
        public fun audio(fileKey: String): Message = build("audio", "file_key" to fileKey)

        /** A video by the key of its upload, with its cover. */
        @JvmStatic
        @JvmOverloads
        public fun media(fileKey: String, imageKey: String? = null): Message =
            build("media", "file_key" to fileKey, "image_key" to imageKey)

        /** A sticker. */
        @JvmStatic
        public fun sticker(fileKey: String): Message = build("sticker", "file_key" to fileKey)

        /** A card. */
        @JvmStatic
        public fun card(card: JsonObject): Message = build("interactive", "card" to card)

        /** A card entity by its id. */
        @JvmStatic
        public fun cardEntity(cardId: String): Message = build("interactive", "card_id" to cardId)

        /** A card of a template. */
        @JvmStatic
        @JvmOverloads
        public fun cardTemplate(templateId: String, version: String? = null, variables: JsonObject? = null): Message =
            build("interactive", "template_id" to templateId, "template_version_name" to version, "template_variable" to variables)

        /** The business card of a chat. */
        @JvmStatic
        public fun shareChat(chatId: String): Message = build("share_chat", "chat_id" to chatId)

        /** The business card of a person, by open id. */
        @JvmStatic
        public fun shareUser(userId: String): Message = build("share_user", "user_id" to userId)

        /** A divider with a text. */
        @JvmStatic
        public fun system(text: String): Message = build("system", "text" to text)

        /** The text of a received message, given as JSON, with its mentions resolved. */
        @JvmStatic
        public fun parse(received: String): String = Library.generated { parseMessage(received) }

        /** A mention of one person, for the text of a message. */
        @JvmStatic
        public fun mention(userId: String, name: String): String = Library.generated { io.github.larkspur.ffi.mention(userId, name) }

        /** A mention of everybody in the chat. */
        @JvmStatic
        public fun mentionAll(): String = Library.generated { io.github.larkspur.ffi.mentionAll() }

        /** Text of unknown origin, so that nothing in it is taken for a tag. */
        @JvmStatic
        public fun escape(text: String): String = Library.generated { escapeText(text) }

        internal fun build(kind: String, arguments: JsonObject): Message {
            Library.need()
            val built = told { Door.message(io.github.larkspur.ffi.Message(kind, arguments.toString())) }
            return Message(built.msgType, built.content)
        }

        private fun build(kind: String, vararg arguments: Pair<String, Any?>) = build(kind, arguments(*arguments))
    }
}
