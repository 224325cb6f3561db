package io.github.larkspur.vectors

import io.github.larkspur.Authority
import io.github.larkspur.CallOptions
import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.DeviceFlow
import io.github.larkspur.LarkException
import io.github.larkspur.Message
import io.github.larkspur.PageSignature
import io.github.larkspur.Reply
import io.github.larkspur.Request
import io.github.larkspur.Scopes
import io.github.larkspur.SignedInUser
import io.github.larkspur.Upload
import io.github.larkspur.WebhookBot
import io.github.larkspur.operationsIn
import io.github.larkspur.scopes
import io.github.larkspur.text
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import java.io.File
import kotlin.concurrent.thread
import kotlin.time.Clock
import kotlin.time.Duration.Companion.milliseconds

/** What came of one call. */
class Outcome {
    var error: LarkException? = null
    var reply: Reply? = null
    var data: JsonElement? = null
    var token: String? = null
    var exported: JsonElement? = null
    var imported: Int? = null
    var scopes: Scopes? = null
    var signed: PageSignature? = null
    var user: SignedInUser? = null
    var device: DeviceFlow? = null
    val began = Clock.System.now()
    var content: ByteArray? = null
    var fileName: String? = null
    var size: Long? = null
    val items = mutableListOf<JsonElement>()
    val pages = mutableListOf<JsonElement>()

    /** Takes the JSON text of `data`. */
    fun answered(text: String) {
        data = if (text.isEmpty()) JsonNull else Json.parseToJsonElement(text)
    }
}

/** A client and what it was told. */
class Made(val options: ClientOptions, val client: Client) : AutoCloseable {
    override fun close() = client.close()
}

/** One call of a vector as Kotlin makes it. */
private class Aim(client: Client, val call: JsonObject) {
    private val told = call["options"]?.jsonObject.orEmpty()
    private val own = call["request"]?.jsonObject
    val view = view(client)
    val id get() = call.text("operation")
    val request = own?.let { request(it) }
    val files = call["files"]?.jsonObject.orEmpty().mapValues { (_, file) -> upload(file.jsonObject) }
    val options = CallOptions(
        timeout = told["timeout"]?.jsonPrimitive?.long?.milliseconds,
        maxWait = told["max_wait"]?.jsonPrimitive?.long?.milliseconds,
        maxRetries = told["max_retries"]?.jsonPrimitive?.int,
        headers = texts(own?.get("headers")) + texts(told["headers"]),
        idempotencyKey = told["idempotency_key"]?.jsonPrimitive?.content,
    )

    val message get() = call["message"]?.jsonObject?.let(::built)

    val arguments: String
        get() {
            val content = message?.let { mapOf("content" to it.toJson()) }.orEmpty()
            return JsonObject(call["arguments"]?.jsonObject.orEmpty() + content).toString()
        }

    private fun view(client: Client): Client {
        val named = { name: String -> call[name]?.jsonPrimitive?.content }
        named("user")?.let { return client.asUser(token = it) }
        named("user_key")?.let { return client.asUser(it) }
        return named("tenant")?.let(client::forTenant) ?: client
    }

    private fun request(given: JsonObject): Request {
        check((given.keys - REQUEST).isEmpty()) { "this runner does not know ${given.keys - REQUEST}" }
        return Request(
            given.text("method"),
            given.text("path"),
            given["path_params"]?.jsonObject,
            given["query"]?.jsonObject,
            given["body"],
            call["files"]?.jsonObject.orEmpty().mapValues { (_, file) -> upload(file.jsonObject) },
            given["token"]?.jsonPrimitive?.contentOrNull,
        )
    }

    private fun upload(file: JsonObject) = Upload(bytes(file) ?: ByteArray(0), file["name"]?.jsonPrimitive?.content)

    private fun texts(value: JsonElement?) = value?.jsonObject.orEmpty().mapValues { it.value.jsonPrimitive.content }

    private fun built(message: JsonObject): Message {
        val arguments = message.getValue("arguments").jsonObject
        return when (val kind = message.text("kind")) {
            "text" -> Message.text(arguments.text("text"))
            "image" -> Message.image(arguments.text("image_key"))
            "post" -> Message.post(arguments.getValue("content"), arguments["title"]?.jsonPrimitive?.content)
            "share_chat" -> Message.shareChat(arguments.text("chat_id"))
            "sticker" -> Message.sticker(arguments.text("file_key"))
            "interactive" -> card(arguments)
            else -> error("this runner does not build $kind")
        }
    }

    private fun card(arguments: JsonObject): Message = when {
        "card_id" in arguments -> Message.cardEntity(arguments.text("card_id"))
        "card" in arguments -> Message.card(arguments.getValue("card").jsonObject)
        else -> Message.cardTemplate(arguments.text("template_id"), variables = arguments["template_variable"]?.jsonObject)
    }

    private companion object {
        val REQUEST = setOf("path", "body", "headers", "query", "method", "path_params", "token")
    }
}

fun callSuspending(made: Made, calls: List<JsonObject>): List<Outcome> = runBlocking {
    val began = System.nanoTime()
    calls.map { call ->
        val outcome = Outcome()
        when (val at = call["at"]) {
            null -> suspending(made, call, outcome)

            else -> {
                delay((at.jsonPrimitive.long - (System.nanoTime() - began) / 1_000_000).milliseconds)
                launch { suspending(made, call, outcome) }
            }
        }
        outcome
    }
}

fun callBlocking(made: Made, calls: List<JsonObject>): List<Outcome> {
    val began = System.nanoTime()
    val threads = mutableListOf<Thread>()
    val outcomes = calls.map { call ->
        val outcome = Outcome()
        when (val at = call["at"]) {
            null -> blocking(made, call, outcome)

            else -> {
                Thread.sleep(maxOf(0, at.jsonPrimitive.long - (System.nanoTime() - began) / 1_000_000))
                threads += thread { blocking(made, call, outcome) }
            }
        }
        outcome
    }
    threads.forEach(Thread::join)
    return outcomes
}

private suspend fun suspending(made: Made, call: JsonObject, outcome: Outcome) = caught(outcome) {
    val aim = Aim(made.client, call)
    val request = aim.request
    when {
        call["view_token"] != null -> outcome.token = aim.view.token().value

        call["app_ticket"] != null -> aim.view.setAppTicket(call.text("app_ticket"))

        call["exports"] != null -> outcome.exported = Json.parseToJsonElement(aim.view.exportTokens())

        call["imports"] != null -> outcome.imported = aim.view.importTokens(imported(made, call.getValue("imports")))

        call["scopes"] != null -> {
            val least = least(call.getValue("scopes").jsonObject)
            outcome.scopes = least
            outcome.answered(least.importText)
        }

        call["page"] != null -> outcome.signed = aim.view.jsapi.sign(call.text("page"))

        call["bot"] != null -> bot(made, call).use { outcome.answered(it.send(checkNotNull(aim.message), aim.options)) }

        call["sign_in"] != null -> {
            val (code, redirectUri, verifier) = signIn(call)
            outcome.user = aim.view.oauth.exchange(checkNotNull(code), redirectUri.orEmpty(), verifier)
        }

        call["device"] != null -> {
            val device = aim.view.oauth.device(asked(call))
            outcome.device = device
            outcome.user = device.wait()
        }

        call["revoke"] != null -> {
            aim.view.oauth.revoke(call.text("revoke"))
            outcome.data = JsonNull
        }

        call["walk"] != null -> walk(aim, outcome)

        call["download"] != null -> {
            val file = request?.let { aim.view.requestDownload(it, aim.options) } ?: aim.view.download(aim.id, aim.arguments, aim.options)
            outcome.content = file.use { it.bytes() }
            outcome.fileName = file.fileName
            outcome.size = file.size
        }

        request != null -> outcome.reply = aim.view.requestRaw(request, aim.options)

        else -> outcome.reply = aim.view.callRaw(aim.id, aim.arguments, aim.files, aim.options)
    }
}

private fun imported(made: Made, given: JsonElement): String =
    if (given is JsonPrimitive) given.content else spelledOut(given, made.options.appId, Clock.System.now()).toString()

private fun bot(made: Made, call: JsonObject): WebhookBot {
    val bot = call.getValue("bot").jsonObject
    return WebhookBot(made.options.baseUrl + bot.text("path"), bot["secret"]?.jsonPrimitive?.content, made.options)
}

private fun least(wanted: JsonObject): Scopes {
    check((wanted.keys - setOf("operations", "source", "identity", "fields", "granted")).isEmpty()) { "this runner does not know ${wanted.keys}" }
    val operations = wanted["operations"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }
    return scopes(
        operations + operationsIn(wanted["source"]?.jsonPrimitive?.content.orEmpty()),
        Authority.valueOf((wanted["identity"]?.jsonPrimitive?.content ?: "tenant").uppercase()),
        fields = "fields" in wanted,
        granted = wanted["granted"]?.toString(),
    )
}

private suspend fun walk(aim: Aim, outcome: Outcome) {
    val request = aim.request
    if (aim.call.text("walk") == "items") {
        val pages = request?.let { aim.view.requestItemPages(it, aim.options) } ?: aim.view.itemPages(aim.id, aim.arguments, aim.options)
        pages.collect { outcome.items.addAll(Json.parseToJsonElement(it).jsonArray) }
    } else {
        val pages = request?.let { aim.view.requestPages(it, aim.options) } ?: aim.view.pages(aim.id, aim.arguments, aim.options)
        pages.collect { outcome.pages += Json.parseToJsonElement(it) }
    }
}

/** What no blocking client has. */
private val BESIDE = listOf("app_ticket", "scopes", "exports", "imports")

/** What the blocking client has; the rest goes through the other. */
private fun blocking(made: Made, call: JsonObject, outcome: Outcome) {
    val aim by lazy { Aim(made.client, call) }
    when {
        BESIDE.any(call::containsKey) || ("request" in call && listOf("walk", "download").any(call::containsKey)) ->
            runBlocking { suspending(made, call, outcome) }

        else -> caught(outcome) {
            val view = aim.view.blocking
            val request = aim.request
            when {
                call["view_token"] != null -> outcome.token = view.token().value

                call["page"] != null -> outcome.signed = view.signPage(call.text("page"))

                call["bot"] != null -> bot(made, call).use { outcome.answered(it.sendBlocking(checkNotNull(aim.message), aim.options)) }

                call["revoke"] != null -> {
                    view.revoke(call.text("revoke"))
                    outcome.data = JsonNull
                }

                call["device"] != null -> {
                    val device = view.device(asked(call))
                    outcome.device = device
                    outcome.user = device.waitBlocking()
                }

                call["sign_in"] != null -> {
                    val (code, redirectUri, verifier) = signIn(call)
                    outcome.user = view.exchange(checkNotNull(code), redirectUri.orEmpty(), verifier)
                }

                call["walk"] == JsonPrimitive("items") ->
                    view.itemPages(aim.id, aim.arguments, aim.options).forEach { outcome.items.addAll(Json.parseToJsonElement(it).jsonArray) }

                call["walk"] != null ->
                    view.pages(aim.id, aim.arguments, aim.options).forEach { outcome.pages += Json.parseToJsonElement(it) }

                call["download"] != null -> outcome.content = saved { view.download(aim.id, it, aim.arguments, aim.options) }

                request != null -> outcome.reply = view.requestRaw(request, aim.options)

                else -> outcome.reply = view.callRaw(aim.id, aim.arguments, aim.files, aim.options)
            }
        }
    }
}

private fun asked(call: JsonObject): List<String> =
    call.getValue("device").jsonObject["scopes"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }

private fun signIn(call: JsonObject): List<String?> {
    val given = call.getValue("sign_in").jsonObject
    return listOf("code", "redirect_uri", "code_verifier").map { given[it]?.jsonPrimitive?.content }
}

private inline fun saved(save: (File) -> Unit): ByteArray {
    val target = File.createTempFile("larkspur", ".bin")
    try {
        save(target)
        return target.readBytes()
    } finally {
        target.delete()
    }
}

private inline fun caught(outcome: Outcome, work: () -> Unit) = try {
    work()
} catch (error: LarkException) {
    outcome.error = error
}

/** The bytes of a body or a file of a vector. */
fun bytes(part: JsonObject): ByteArray? = when {
    "data" in part -> """{"code":0,"msg":"success","data":${part["data"]}}""".encodeToByteArray()
    "json" in part -> part["json"].toString().encodeToByteArray()
    "hex" in part -> part.text("hex").filterNot(Char::isWhitespace).chunked(2).map { it.toInt(16).toByte() }.toByteArray()
    "text" in part -> part.text("text").encodeToByteArray()
    else -> null
}

/** The data of a reply; JSON null when it has none. */
fun Reply.element(): JsonElement = if (data.isEmpty()) JsonNull else Json.parseToJsonElement(data)
