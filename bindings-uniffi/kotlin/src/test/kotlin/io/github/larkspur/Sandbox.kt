package io.github.larkspur

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.atomic.AtomicInteger

/** One sandbox for a run of tests; it ends with its input, so that it outlives the tests in no case. */
object Sandbox {
    val url: String by lazy(::start)
    private val http = HttpClient.newHttpClient()

    fun get(door: String): JsonObject = exchange(HttpRequest.newBuilder(URI("$url/__sandbox/$door")))

    fun post(door: String, body: JsonObject): JsonObject =
        exchange(HttpRequest.newBuilder(URI("$url/__sandbox/$door")).POST(HttpRequest.BodyPublishers.ofString(body.toString())))

    private fun exchange(request: HttpRequest.Builder): JsonObject {
        val answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { "the sandbox refused: ${answer.body()}" }
        return Json.parseToJsonElement(answer.body()).jsonObject
    }

    private fun start(): String {
        val program = checkNotNull(System.getenv("LARKSPUR_SANDBOX")) {
            "LARKSPUR_SANDBOX names no program; run the tests by cargo xtask test kotlin"
        }
        val builder = ProcessBuilder(program, "--port", "0", "--quiet", "--with-parent")
        val process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val line = process.inputStream.bufferedReader().readLine()
        return line.substringAfter("listening on ").trim()
    }
}

/** An app of the sandbox that only one test uses, with the sandbox's doors to it. */
class App {
    val id = "cli_kt_${ProcessHandle.current().pid()}_${apps.incrementAndGet()}"
    val secret = "s3cret-$id"

    fun options(baseUrl: String = Sandbox.url, headers: Map<String, String> = emptyMap()) =
        ClientOptions(appId = id, appSecret = secret, baseUrl = baseUrl, headers = headers)

    fun client() = Client(options())

    fun script(answers: List<JsonElement>, tokens: Boolean = false) {
        post("script", "answers" to JsonArray(answers), "tokens" to JsonPrimitive(tokens))
    }

    fun fault(vararg rule: Pair<String, JsonElement>) {
        val own = JsonObject(mapOf("app_id" to JsonPrimitive(id)) + rule)
        Sandbox.post("faults", buildJsonObject { put("rules", JsonArray(listOf(own))) })
    }

    fun post(door: String, vararg body: Pair<String, JsonElement>): JsonObject =
        Sandbox.post(door, JsonObject(mapOf("app_id" to JsonPrimitive(id)) + body))

    fun requests(): List<JsonObject> = Sandbox.get("requests?app_id=$id").getValue("requests").jsonArray.map { it.jsonObject }

    fun tokenRequests(): Int = requests().count { "access_token" in it.text("path") }

    fun calls(): List<JsonObject> = requests().filter { "access_token" !in it.text("path") }

    private companion object {
        val apps = AtomicInteger()
    }
}

fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

/** JSON as a test writes it. */
fun json(text: String): JsonElement = Json.parseToJsonElement(text)
