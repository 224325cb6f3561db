package io.github.larkspur.vectors

import io.github.larkspur.App
import io.github.larkspur.Sandbox
import io.github.larkspur.StoredToken
import io.github.larkspur.TokenStore
import kotlinx.coroutines.delay
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import kotlin.math.abs
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/** The token store of a vector: what lies there, and what others put there meanwhile. */
class VectorStore(private val part: JsonObject, private val app: App) : TokenStore {
    private val began = Clock.System.now()
    private val values = mutableMapOf<String, StoredToken>()
    private var swaps = 0

    init {
        put(part["holds"])
    }

    override suspend fun load(key: String): StoredToken? = synchronized(this) { values[key] }

    override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean = synchronized(this) {
        check(ttl.isPositive())
        (values[key]?.version == expected).also { isExpected -> if (isExpected) put(key, value) }
    }

    /** What others do, each in its time. */
    suspend fun meanwhile() {
        for (other in part["meanwhile"]?.jsonArray.orEmpty().map { it.jsonObject }) {
            delay(began + other.getValue("at").jsonPrimitive.long.milliseconds - Clock.System.now())
            check(other["has"])
            put(other["puts"])
        }
    }

    /** Looks at what lies there when all is over. */
    fun end() = check(part["keeps"])

    @Synchronized
    private fun check(records: JsonElement?) = each(records) { key, record ->
        val found = values[key]?.value ?: "null"
        checkSame(record, if (record is JsonPrimitive && record !is JsonNull) JsonPrimitive(found) else Json.parseToJsonElement(found))
    }

    @Synchronized
    private fun put(records: JsonElement?) = each(records) { key, record ->
        put(key, if (record is JsonPrimitive) record.content else record.toString())
    }

    private fun put(key: String, value: String) {
        values[key] = StoredToken(value, "${++swaps}")
    }

    private fun each(records: JsonElement?, work: (String, JsonElement) -> Unit) =
        spelledOut(records ?: JsonObject(emptyMap()), app.id, began).jsonObject.forEach(work)
}

/** With what `$base` and the like stand for; moments count from [began]. */
fun spelledOut(value: JsonElement, appId: String, began: Instant): JsonElement {
    val text = value.toString().replace("\$base", Sandbox.url).replace("\$app_id", appId)
    val moments = Regex("\"\\\$ms([+-]\\d+)\"")
    return Json.parseToJsonElement(moments.replace(text) { "${began.toEpochMilliseconds() + it.groupValues[1].toLong()}" })
}

/** Equal, but for moments, which may be five seconds apart, and for `$uuid`. */
fun checkSame(expected: JsonElement, actual: JsonElement) {
    val moment = (expected as? JsonPrimitive)?.takeIf { !it.isString }?.longOrNull?.takeIf { it > 1_000_000_000_000 }
    when {
        expected is JsonObject && actual is JsonObject -> {
            assertEquals(expected.keys, actual.keys)
            expected.forEach { (name, value) -> checkSame(value, actual.getValue(name)) }
        }

        expected is JsonArray && actual is JsonArray -> {
            assertEquals(expected.size, actual.size, "$actual")
            expected.zip(actual).forEach { (wanted, found) -> checkSame(wanted, found) }
        }

        moment != null -> assertTrue(abs(actual.jsonPrimitive.long - moment) < 5000, "$actual is not $expected")

        expected == JsonPrimitive("\$uuid") -> assertTrue(UUID.matches(actual.jsonPrimitive.content), "$actual")

        else -> assertEquals(expected, actual)
    }
}
