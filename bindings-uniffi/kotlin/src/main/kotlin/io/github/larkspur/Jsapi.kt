package io.github.larkspur

import io.github.larkspur.ffi.Target
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** Signatures for web pages inside the platform's client: `client.jsapi`. */
public class Jsapi internal constructor(private val client: Client) {
    /**
     * Signs for the page at [url] (`location.href` of the page). A signature holds for ten minutes and once; the ticket behind it is kept
     * like a token.
     *
     * @throws LarkException.Argument for what is no address of a page
     */
    public suspend fun sign(url: String): PageSignature = PageSignature.of(client.call(call(url)))

    internal companion object {
        fun call(url: String): Call = Call(Target.Page(url))
    }
}

/**
 * What a page passes to the platform's function `config`.
 *
 * @property json all of it as the page takes it: `{"appId", "timestamp", "nonceStr", "signature"}`
 * @property appId the app id
 * @property timestamp when it was signed, in milliseconds since 1970
 * @property nonceStr what was signed with it, at random
 * @property signature the signature
 */
public class PageSignature private constructor(
    public val json: String,
    public val appId: String,
    public val timestamp: Long,
    public val nonceStr: String,
    public val signature: String,
) {
    /** All of it as JSON text. */
    override fun toString(): String = json

    internal companion object {
        /** Reads what the library answers. */
        fun of(data: String): PageSignature {
            val signed = Json.parseToJsonElement(data).jsonObject
            val part = { name: String -> signed.getValue(name).jsonPrimitive }
            return PageSignature(data, part("appId").content, part("timestamp").long, part("nonceStr").content, part("signature").content)
        }
    }
}
