package io.github.larkspur.vectors

import io.github.larkspur.App
import io.github.larkspur.AppType
import io.github.larkspur.CallEvent
import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.Helpdesk
import io.github.larkspur.LarkException
import io.github.larkspur.Pacing
import io.github.larkspur.ProjectClient
import io.github.larkspur.ProjectOptions
import io.github.larkspur.Sandbox
import io.github.larkspur.TokenStore
import io.github.larkspur.text
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.time.Duration.Companion.milliseconds

/** Runs the vectors of all languages against the sandbox, suspending and blocking; what each member means stands in the README there. */
class VectorTest {
    /** What vectors may need; see `needs` in the README there. */
    private val offered = setOf("bots", "jsapi", "keyless", "project", "project_users", "scopes", "store_apps", "stores", "users")

    @TestFactory
    fun suspending(): List<DynamicTest> = tests(::callSuspending)

    @TestFactory
    fun blocking(): List<DynamicTest> = tests(::callBlocking)

    /** Left out are those that say why no binding can run them; those that need what Kotlin does not offer count as skipped. */
    private fun tests(callAll: (Made, List<JsonObject>) -> List<Outcome>): List<DynamicTest> = vectors()
        .filter { (_, vector) -> vector["only"] == null || vector.text("only") == "kotlin" }
        .map { (file, vector) ->
            dynamicTest("$file: ${vector.text("name")}") {
                val missing = vector["needs"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content } - offered
                assumeTrue(missing.isEmpty(), "Kotlin does not offer $missing")
                run(vector, callAll)
            }
        }

    private fun run(vector: JsonObject, callAll: (Made, List<JsonObject>) -> List<Outcome>) {
        val app = App()
        vector["refused"]?.let { refused ->
            val error = assertThrows(LarkException::class.java) { made(app, vector) {} }
            checkError(refused.jsonObject, error)
            return
        }
        prepare(app, vector)
        val waits = ConcurrentLinkedQueue<CallEvent.Retry>()
        val calls = vector.getValue("calls").jsonArray.map { it.jsonObject }
        val store = vector["store"]?.let { VectorStore(it.jsonObject, app) }
        val made = made(app, vector, store) { event -> if (event is CallEvent.Retry) waits += event }
        val outcomes = beside({ store?.meanwhile() }) { made.use { callAll(it, calls) } }
        store?.end()
        calls.zip(outcomes).forEach { (call, outcome) -> check(call.getValue("result").jsonObject, outcome, app) }
        checkWaits(vector, waits)
        if (vector["client"]?.jsonObject?.get("base_url")?.jsonPrimitive?.content != "closed") checkLog(app, vector)
    }

    private fun <T> beside(others: suspend () -> Unit, work: () -> T): T = runBlocking {
        val job = async(Dispatchers.IO) { others() }
        withContext(Dispatchers.IO) { work() }.also { job.await() }
    }

    private fun vectors(): List<Pair<String, JsonObject>> {
        val folder = File(checkNotNull(System.getProperty("larkspur.vectors")) { "the system property larkspur.vectors names no folder" })
        val files = folder.listFiles { file -> file.extension == "json" && file.name != "schema.json" }.orEmpty().sorted()
        assertTrue(files.size > 5, "the vectors are in $folder")
        return files.flatMap { file ->
            Json.parseToJsonElement(file.readText()).jsonArray.map { file.nameWithoutExtension to it.jsonObject }
        }
    }

    private fun made(app: App, vector: JsonObject, store: TokenStore? = null, onEvent: (CallEvent) -> Unit): Made {
        val given = vector["client"]?.jsonObject.orEmpty()
        val options = options(app, vector, store, onEvent)
        if ("kind" !in given) return Made(options, Client(options))
        val plugin = ProjectOptions(
            pluginId = options.appId,
            pluginSecret = options.appSecret,
            userKey = given["user_key"]?.jsonPrimitive?.content.orEmpty(),
            isVirtual = given["plugin_token_type"] == JsonPrimitive("virtual"),
            checksUserRights = given["check_user_rights"]?.jsonPrimitive?.boolean,
            idempotency = given["idempotency"]?.jsonPrimitive?.boolean ?: true,
            pacing = if (given["pacing"] == JsonPrimitive(false)) Pacing.Off else Pacing.On,
            common = options,
        )
        return Made(options, ProjectClient(plugin))
    }

    private fun options(app: App, vector: JsonObject, store: TokenStore?, onEvent: (CallEvent) -> Unit): ClientOptions {
        val given = vector["client"]?.jsonObject.orEmpty()
        val text = { name: String -> given[name]?.jsonPrimitive?.content }
        val known = setOf("helpdesk", "app_id", "app_secret", "max_answer", "max_retries", "headers", "base_url", "timeout", "app_type") +
            PROJECT + "assertions"
        check(given.keys.all(known::contains)) { "this runner does not know ${given.keys - known}" }
        val headers = given["headers"]?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content }
        return ClientOptions(
            appId = text("app_id") ?: app.id,
            appSecret = text("app_secret") ?: if ("assertions" in given) "" else app.secret,
            clientAssertion = given["assertions"]?.jsonArray?.map { it.jsonPrimitive.content }?.let(::signer),
            baseUrl = text("base_url").let { if (it == "closed") "http://127.0.0.1:${closedPort()}" else it ?: Sandbox.url },
            appType = text("app_type")?.let { AppType.valueOf(it.uppercase()) } ?: AppType.SELF_BUILT,
            timeout = given["timeout"]?.jsonPrimitive?.long?.milliseconds,
            maxRetries = given["max_retries"]?.jsonPrimitive?.int,
            headers = headers + ("X-Sandbox-App" to app.id),
            helpdesk = given["helpdesk"]?.jsonArray?.map { it.jsonPrimitive.content }?.let { (id, token) -> Helpdesk(id, token) },
            maxAnswer = given["max_answer"]?.jsonPrimitive?.long,
            tokenStore = store,
            onEvent = onEvent,
        )
    }

    /** Gives assertions one after the other, and then fails. */
    private fun signer(assertions: List<String>): suspend (String) -> String {
        val left = ConcurrentLinkedQueue(assertions)
        return { audience ->
            assertEquals(Sandbox.url.removePrefix("http://"), audience)
            left.remove()
        }
    }

    private fun closedPort(): Int = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }

    /** Pauses of calls; those for a token or a turn are no retries, and those of a refresh belong to no call. */
    private fun checkWaits(vector: JsonObject, waits: ConcurrentLinkedQueue<CallEvent.Retry>) {
        val all = vector["waits"]?.jsonArray.orEmpty().map { it.jsonObject }.filter { it["of_refresh"] == null }
        val places = all.indices.filter { all[it].text("why") in setOf("backoff", "rate_limit") }
        awaitTrue { waits.size >= places.size }
        assertEquals(places.map { all[it].text("why") }, waits.map { if (it.isRateLimit) "rate_limit" else "backoff" })
        places.zip(waits).forEach { (place, event) ->
            // The turn right behind a pause belongs to the same wait.
            val spans = listOf(all[place]) + all.drop(place + 1).take(1).filter { it.text("why") == "pacing" }
            val range = spans.sumOf { ends(it).first() } - 1..spans.sumOf { ends(it).last() } + 1
            assertTrue(event.wait.inWholeMilliseconds in range, "waited ${event.wait}, not $range")
        }
    }

    private fun ends(wait: JsonObject): List<Long> =
        wait.getValue("ms").let { if (it is JsonArray) it.map { end -> end.jsonPrimitive.long } else listOf(it.jsonPrimitive.long) }

    private companion object {
        val PROJECT = setOf("kind", "user_key", "plugin_token_type", "check_user_rights", "idempotency", "pacing")
    }
}

/** Events are told after the call, in their own time. */
fun awaitTrue(holds: () -> Boolean) {
    val end = System.nanoTime() + 2_000_000_000
    while (!holds() && System.nanoTime() < end) Thread.sleep(5)
}
