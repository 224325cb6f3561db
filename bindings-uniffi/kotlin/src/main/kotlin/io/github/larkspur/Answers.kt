package io.github.larkspur

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.longOrNull
import kotlin.time.Instant

/**
 * The whole answer to a call.
 *
 * @property status the HTTP status
 * @property headers the headers by their names in lower case
 * @property logId the log id to quote to the platform's support
 * @property code the platform's code: zero
 * @property msg the platform's message
 * @property data the JSON text of `data`; empty when the answer has none
 * @property attempts how many requests the call sent, those for tokens not counted
 */
public class Reply internal constructor(
    public val status: Int,
    public val headers: Map<String, String>,
    public val logId: String?,
    public val code: Long,
    public val msg: String,
    public val data: String,
    public val attempts: Int,
) {
    internal constructor(reply: io.github.larkspur.ffi.Reply) :
        this(reply.status.toInt(), reply.headers, reply.logId, reply.code, reply.msg, reply.data, reply.attempts.toInt())

    /** Without the data, which may be secret. */
    override fun toString(): String = "Reply(status=$status, code=$code, logId=$logId)"
}

/**
 * The token of a view, for a backend that serves a phone or a page.
 *
 * @property value the token itself: a secret
 * @property expiresAt when it expires, if that is known
 */
public class Token internal constructor(public val value: String, public val expiresAt: Instant?) {
    /** Without the token. */
    override fun toString(): String = "Token(***, expiresAt=$expiresAt)"

    internal companion object {
        /** Reads what the library answers. */
        fun of(data: String): Token {
            val shown = Json.parseToJsonElement(data).jsonObject
            val expiresAt = shown["expires_at"]?.jsonPrimitive?.longOrNull
            return Token(shown.getValue("token").jsonPrimitive.content, expiresAt?.let(Instant::fromEpochMilliseconds))
        }
    }
}
