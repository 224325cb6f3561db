package io.github.larkspur.vectors

import io.github.larkspur.App
import io.github.larkspur.LarkException
import io.github.larkspur.PageSignature
import io.github.larkspur.Scopes
import io.github.larkspur.text
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import java.net.URI
import java.security.MessageDigest
import kotlin.time.Clock
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

/** Compares what came of a call with what a vector says. */
fun check(expected: JsonObject, outcome: Outcome, app: App) {
    expected["error"]?.let { checkError(it.jsonObject, assertError(outcome)) } ?: outcome.error?.let { throw it }
    expected["items"]?.let { assertEquals(it.jsonArray.toList(), outcome.items) }
    expected["pages"]?.let { assertEquals(it.jsonArray.toList(), outcome.pages) }
    expected["token"]?.let { assertEquals(it.jsonPrimitive.content, outcome.token) }
    expected["exported"]?.let { checkSame(spelledOut(it, app.id, outcome.began), checkNotNull(outcome.exported)) }
    expected["imported"]?.let { assertEquals(it.jsonPrimitive.int, outcome.imported) }
    expected["device"]?.let { device ->
        assertEquals(device, outcome.device?.let { row("url" to it.url, "user_code" to it.userCode) })
    }
    expected["signed"]?.let { checkSigned(it.jsonObject, checkNotNull(outcome.signed)) }
    outcome.scopes?.let { checkScopes(expected, it) }
    expected["user"]?.let { checkUser(it.jsonObject, outcome) }
    expected["data"]?.let { assertEquals(it, outcome.data ?: outcome.reply?.element()) }
    val file = expected["file"]?.jsonObject
    if (file != null) {
        checkFile(file, outcome)
    } else {
        expected["attempts"]?.takeIf { expected["error"] == null }?.let { assertEquals(it.jsonPrimitive.int, outcome.reply?.attempts) }
    }
    expected["reply"]?.let { checkReply(it.jsonObject, outcome) }
}

/** The page takes `json`; the members are the same. */
private fun checkSigned(expected: JsonObject, signed: PageSignature) {
    val names = "jsapi_ticket=${expected.text("ticket")}&noncestr=${signed.nonceStr}&timestamp=${signed.timestamp}&url=${expected.text("url")}"
    val digest = MessageDigest.getInstance("SHA-1").digest(names.encodeToByteArray()).joinToString("") { "%02x".format(it) }
    assertEquals(digest, signed.signature)
    assertEquals(32, signed.nonceStr.length)
    assertTrue((Clock.System.now() - Instant.fromEpochMilliseconds(signed.timestamp)).absoluteValue < 30.seconds)
    val page = Json.parseToJsonElement(signed.json).jsonObject
    assertEquals(listOf(signed.appId, signed.nonceStr, signed.signature), listOf("appId", "nonceStr", "signature").map(page::text))
}

private fun checkScopes(expected: JsonObject, found: Scopes) {
    val texts = { name: String -> expected[name]?.jsonArray.orEmpty().map { it.jsonPrimitive.content } }
    assertEquals(texts("undocumented") to texts("conditional"), found.undocumented to found.conditional)
    val lists = Json.parseToJsonElement(found.importText).jsonObject.getValue("scopes").jsonObject
    val told = listOf("tenant", "user").map { kind -> lists.getValue(kind).jsonArray.map { it.jsonPrimitive.content } }
    assertEquals(listOf(found.tenant, found.user), told)
}

private fun checkUser(expected: JsonObject, outcome: Outcome) {
    val user = checkNotNull(outcome.user)
    assertEquals(expected.text("key") to expected["open_id"]?.jsonPrimitive?.content.orEmpty(), user.key to user.openId)
    assertEquals(expected["scopes"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }, user.scopes)
    checkMoment(expected["expires_in"], user.expiresAt, outcome)
    checkMoment(expected["refresh_expires_in"], user.refreshExpiresAt, outcome)
}

private fun checkMoment(expected: JsonElement?, found: Instant?, outcome: Outcome) {
    val span = expected?.jsonPrimitive?.longOrNull?.milliseconds ?: return assertEquals(null, found)
    val wrong = (checkNotNull(found) - outcome.began - span).absoluteValue
    assertTrue(wrong < 5.seconds, "by $wrong")
}

fun checkError(expected: JsonObject, error: LarkException) {
    val line = error.message.orEmpty()
    assertEquals(expected.text("class"), error.kind, line)
    assertEquals(expected.text("class").removeSuffix("Error"), error.javaClass.simpleName)
    expected["message"]?.let { assertEquals((error.operation?.let { name -> "$name: " } ?: "") + it.jsonPrimitive.content, line) }
    expected["contains"]?.jsonArray?.forEach { assertTrue(it.jsonPrimitive.content in line, line) }
    expected["code"]?.let { assertEquals(it.jsonPrimitive.longOrNull, error.code) }
    expected["status"]?.let { assertEquals(it.jsonPrimitive.int, error.status) }
    expected["msg"]?.let { assertEquals(it.jsonPrimitive.content, error.answer?.msg) }
    expected["log_id"]?.let { assertEquals(it.jsonPrimitive.contentOrNull, error.logId) }
    expected["attempts"]?.let { assertEquals(it.jsonPrimitive.int, error.attempts) }
    expected["retryable"]?.let { assertEquals(it.jsonPrimitive.boolean, error.isRetryable) }
    expected["retry_after"]?.let { assertEquals(it.jsonPrimitive.longOrNull, error.retryAfter?.inWholeMilliseconds) }
    expected["missing_scopes"]?.let { assertEquals(it.jsonArray.map { scope -> scope.jsonPrimitive.content }, error.missingScopes) }
    expected["troubleshooter"]?.let { assertEquals(it.jsonPrimitive.contentOrNull, error.answer?.troubleshooter) }
    expected["data"]?.let { assertEquals(it, error.answer?.data?.let(Json::parseToJsonElement) ?: JsonNull) }
    expected["url"]?.let { assertEquals(it.jsonPrimitive.content, page((error as LarkException.ReauthorizationRequired).url)) }
    expected["apply_url"]?.let { assertEquals(it.jsonPrimitive.content, page((error as LarkException.PermissionDenied).applyUrl)) }
    expected["import_text"]?.let { assertEquals(it.jsonPrimitive.content, (error as LarkException.PermissionDenied).importText) }
    val answer = error.answer
    val rows = mapOf(
        "field_violations" to answer?.fieldViolations?.map { row("field" to it.field, "value" to it.value, "description" to it.description) },
        "permission_violations" to answer?.permissionViolations?.map {
            row("kind" to it.kind, "scope" to it.scope, "description" to it.description, "url" to it.url)
        },
        "helps" to answer?.helps?.map { row("url" to it.url, "description" to it.description) },
    )
    rows.forEach { (name, found) -> expected[name]?.let { assertEquals(it.jsonArray.toList(), found, name) } }
    assertTrue('\n' !in line, line)
}

/** A page behind its host. */
private fun page(url: String?): String? {
    val page = URI(url ?: return null)
    return "${page.rawPath}?${page.rawQuery}".replace(Regex("cli_\\w+")) { "\$app_id" }
}

private fun assertError(outcome: Outcome): LarkException {
    assertNotNull(outcome.error, "it succeeded: ${outcome.reply}")
    return checkNotNull(outcome.error)
}

private fun checkFile(expected: JsonObject, outcome: Outcome) {
    assertArrayEquals(bytes(expected), outcome.content)
    // A file that was saved by the blocking client tells no more than its bytes.
    if (outcome.fileName == null && outcome.size == null) return
    expected["name"]?.let { assertEquals(it.jsonPrimitive.contentOrNull, outcome.fileName) }
    expected["size"]?.let { assertEquals(it.jsonPrimitive.long, outcome.size) }
}

private fun checkReply(expected: JsonObject, outcome: Outcome) {
    val reply = checkNotNull(outcome.reply)
    expected["status"]?.let { assertEquals(it.jsonPrimitive.int, reply.status) }
    expected["code"]?.let { assertEquals(it.jsonPrimitive.long, reply.code) }
    expected["msg"]?.let { assertEquals(it.jsonPrimitive.content, reply.msg) }
    expected["log_id"]?.let { assertEquals(it.jsonPrimitive.contentOrNull, reply.logId) }
    expected["headers"]?.jsonObject?.forEach { (name, value) -> assertEquals(value.jsonPrimitive.content, reply.headers[name.lowercase()], name) }
}

/** Texts that are empty are left out of the vectors. */
private fun row(vararg members: Pair<String, String>): JsonElement =
    JsonObject(members.filter { it.second.isNotEmpty() }.associate { (name, value) -> name to JsonPrimitive(value) })
