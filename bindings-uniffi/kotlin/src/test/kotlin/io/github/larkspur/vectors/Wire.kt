package io.github.larkspur.vectors

import io.github.larkspur.App
import io.github.larkspur.text
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.net.URLDecoder
import java.security.MessageDigest
import java.util.Base64

private const val JSON_TYPE = "application/json; charset=utf-8"
private val SECRETS =
    setOf("app_secret", "client_secret", "client_assertion", "app_access_token", "app_ticket") +
        setOf("refresh_token", "code_verifier", "token", "device_code")
private val MADE = mapOf("\$timestamp" to Regex("\\d{10}"), "\$sign" to Regex("[A-Za-z0-9+/]{43}="))
val UUID = Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
private val PLACEHOLDER = Regex("""\$\w+""")

/** The exchange with the short form of token requests written out. */
private fun turns(vector: JsonObject): List<JsonObject> = vector["exchange"]?.jsonArray.orEmpty().map { turn ->
    val own = turn.jsonObject
    if ("grants" in own) grant(own) else own
}

private fun grant(turn: JsonObject): JsonObject {
    val kind = turn["kind"]?.jsonPrimitive?.content ?: "tenant"
    val (expect, answer) = if (kind in setOf("plugin", "virtual")) ofPlugin(turn, kind) else ofApp(turn, kind)
    return buildJsonObject {
        put("expect", JsonObject(mapOf("method" to JsonPrimitive("POST"), "token" to JsonNull) + expect))
        put("answer", buildJsonObject { put("json", answer) })
        put("takes", turn["takes"] ?: JsonPrimitive(0))
    }
}

private fun ofApp(turn: JsonObject, kind: String): Pair<JsonObject, JsonObject> {
    val expect = buildJsonObject {
        put("path", "/open-apis/auth/v3/${kind}_access_token/internal")
        put("json", buildJsonObject { put("app_id", "\$app_id"); put("app_secret", "\$app_secret") })
    }
    val answer = buildJsonObject {
        put("code", 0)
        put("msg", "ok")
        put("${kind}_access_token", turn.getValue("grants"))
        put("expire", turn["expire"] ?: JsonPrimitive(7200))
    }
    return expect to answer
}

private fun ofPlugin(turn: JsonObject, kind: String): Pair<JsonObject, JsonObject> {
    val type = if (kind == "virtual") 1 else 0
    val expect = buildJsonObject {
        put("path", "/open_api/authen/plugin_token")
        put("json", buildJsonObject { put("plugin_id", "\$app_id"); put("plugin_secret", "\$app_secret"); put("type", type) })
    }
    val granted = mapOf("token" to turn.getValue("grants"), "expire_time" to (turn["expire"] ?: JsonPrimitive(7200)))
    val answer = buildJsonObject {
        put("data", JsonObject(granted))
        put("error", buildJsonObject { put("code", 0); put("msg", "success") })
    }
    return expect to answer
}

/** In free order each answer goes to its own request, else they are given out one after the other. */
fun prepare(app: App, vector: JsonObject) {
    val turns = turns(vector)
    if (!isFree(vector)) return app.script(turns.map(::shape), tokens = true)
    for (turn in turns) {
        val expect = turn.getValue("expect").jsonObject
        app.fault("method" to expect.getValue("method"), "path" to expect.getValue("path"), "then" to shape(turn))
    }
}

private fun isFree(vector: JsonObject) = vector["order"] == JsonPrimitive("free")

private fun shape(turn: JsonObject): JsonElement {
    val answer = turn.getValue("answer").jsonObject
    if ("fails" in answer) return buildJsonObject { put("cut", "fin") }
    // The sandbox would add a log id of its own.
    val headers = mapOf<String, JsonElement>("X-Tt-Logid" to JsonArray(emptyList())) +
        answer["headers"]?.jsonObject.orEmpty().mapKeys { (name, _) ->
            if (name.equals("x-tt-logid", ignoreCase = true)) "X-Tt-Logid" else name.lowercase()
        }
    return buildJsonObject {
        put("status", answer["status"] ?: JsonPrimitive(200))
        put("headers", JsonObject(headers))
        put("delay_ms", turn["takes"] ?: JsonPrimitive(0))
        bytes(answer)?.let { put("body_base64", Base64.getEncoder().encodeToString(it)) }
        answer["breaks"]?.let { put("cut", "fin"); put("after_bytes", it) }
    }
}

/** Compares the sandbox's log with the requests of a vector. */
fun checkLog(app: App, vector: JsonObject) {
    val line = { request: JsonObject -> "${request.text("method")} ${request.text("path")}" }
    val expected = turns(vector).map { it.getValue("expect").jsonObject }.let { if (isFree(vector)) it.sortedBy(line) else it }
    val requests = app.requests().let { if (isFree(vector)) it.sortedBy(line) else it }
    assertEquals(expected.map(line), requests.map(line))
    val names = mutableMapOf("\$app_id" to app.id, "\$app_secret" to "***")
    val tokens = mutableMapOf<String, String>()
    expected.zip(requests).forEach { (expect, request) ->
        fits(expect["query"] ?: JsonPrimitive(""), JsonPrimitive(request["raw_query"]?.jsonPrimitive?.contentOrNull.orEmpty()), names)
        val headers = request.getValue("headers").jsonObject.mapValues { it.value.jsonPrimitive.content }
        assertTrue(headers.getValue("user-agent").startsWith("larkspur/") && "kotlin/" in headers.getValue("user-agent"))
        checkHeaders(expect, headers, names)
        checkToken(expect, request, tokens)
        checkBody(expect, request.getValue("body"), headers, names)
    }
}

private fun checkHeaders(expect: JsonObject, found: Map<String, String>, names: MutableMap<String, String>) {
    expect["headers"]?.jsonObject?.forEach { (name, value) ->
        val actual = found[name.lowercase()]
        val wanted = value.jsonPrimitive.contentOrNull
        when {
            wanted == null -> assertEquals(null, actual, name)

            // The log shows the pair without its secret half.
            name == "X-Lark-Helpdesk-Authorization" ->
                assertEquals(String(Base64.getDecoder().decode(wanted)).substringBefore(':') + ":***", actual)

            wanted.endsWith("*") -> assertTrue(actual.orEmpty().startsWith(wanted.dropLast(1)), name)

            else -> fits(value, JsonPrimitive(actual), names)
        }
    }
}

/** The log shows a label in the place of a token: the same label for the same token, and for it alone. */
private fun checkToken(expect: JsonObject, request: JsonObject, tokens: MutableMap<String, String>) {
    val wanted = expect["token"] ?: return
    if (wanted is JsonNull) return assertEquals(JsonNull, request["token"])
    val label = request.getValue("token").jsonObject.text("label")
    assertEquals(tokens.getOrPut(wanted.jsonPrimitive.content) { label }, label)
    assertEquals(tokens.values.toSet().size, tokens.size)
}

private fun checkBody(expect: JsonObject, body: JsonElement, headers: Map<String, String>, names: MutableMap<String, String>) {
    val kind = headers["content-type"].orEmpty()
    when {
        "form" in expect || kind.startsWith("multipart/") -> checkForm(expect, body, headers, kind)

        "json" in expect -> {
            assertEquals(JSON_TYPE, kind)
            fits(shown(expect.getValue("json")), Json.parseToJsonElement(body.jsonObject.text("text")), names)
        }

        "fields" in expect -> {
            assertEquals("application/x-www-form-urlencoded", kind)
            val fields = body.jsonObject.text("text").split('&').associate { field ->
                val (name, value) = field.split('=', limit = 2).map { URLDecoder.decode(it, Charsets.UTF_8) }
                name to JsonPrimitive(value)
            }
            fits(shown(expect.getValue("fields")), JsonObject(fields), names)
        }

        "text" in expect -> assertEquals(expect.text("text"), body.jsonObject.text("text"))

        else -> assertEquals(JsonNull to "", body to kind)
    }
}

/** The log shows no secret. */
private fun shown(wanted: JsonElement): JsonElement {
    if (wanted !is JsonObject) return wanted
    val hidden = if ("grant_type" in wanted) SECRETS + "code" else SECRETS
    return JsonObject(wanted.mapValues { (name, value) -> if (name in hidden) JsonPrimitive("***") else value })
}

private fun checkForm(expect: JsonObject, body: JsonElement, headers: Map<String, String>, kind: String) {
    if ("text" in expect) {
        val text = expect.text("text").replace("\$boundary", kind.substringAfter("boundary="))
        return assertEquals(text.encodeToByteArray().size, headers.getValue("content-length").toInt())
    }
    val names = listOf("name", "file_name", "type", "size", "sha256")
    val seen = body.jsonObject.getValue("parts").jsonArray.map { part -> names.map { part.jsonObject[it]?.jsonPrimitive?.contentOrNull } }
    assertEquals(expect.getValue("form").jsonArray.map { wanted(it.jsonObject) }, seen)
}

private fun wanted(part: JsonObject): List<String?> {
    val content = bytes(part) ?: ByteArray(0)
    val digest = MessageDigest.getInstance("SHA-256").digest(content).joinToString("") { "%02x".format(it) }
    return listOf(part.text("name"), part["file_name"]?.jsonPrimitive?.content, part["type"]?.jsonPrimitive?.content, "${content.size}", digest)
}

/** Equal, but for `$uuid` and the like: any value of the kind at first sight, the same from then on. */
private fun fits(expected: JsonElement, actual: JsonElement, names: MutableMap<String, String>) {
    when {
        expected is JsonObject && actual is JsonObject -> {
            assertEquals(expected.keys, actual.keys)
            expected.forEach { (name, value) -> fits(value, actual.getValue(name), names) }
        }

        expected is JsonArray && actual is JsonArray -> {
            assertEquals(expected.size, actual.size, "$actual")
            expected.zip(actual).forEach { (wanted, found) -> fits(wanted, found, names) }
        }

        expected is JsonPrimitive && expected.content in MADE ->
            assertTrue(MADE.getValue(expected.content).matches((actual as JsonPrimitive).content), "$actual")

        expected is JsonPrimitive && expected.isString && '$' in expected.content && actual is JsonPrimitive ->
            assertEquals(filled(expected.content, actual.content, names), actual.content)

        else -> assertEquals(expected, actual)
    }
}

private fun filled(expected: String, actual: String, names: MutableMap<String, String>): String =
    PLACEHOLDER.findAll(expected).map { it.value }.fold(expected) { text, name ->
        text.replace(name, names.getOrPut(name) { newKey(name, actual, names) })
    }

private fun newKey(name: String, actual: String, names: Map<String, String>): String {
    assertTrue(name.startsWith("\$uuid"), name)
    val key = checkNotNull(UUID.find(actual)) { "no key in $actual" }.value
    assertTrue(key !in names.values, "two calls have the same key")
    return key
}
