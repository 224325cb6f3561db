package io.github.larkspur.samples

import io.github.larkspur.CallOptions
import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.LarkException
import io.github.larkspur.Message
import io.github.larkspur.Request
import io.github.larkspur.Upload
import io.github.larkspur.arguments
import io.github.larkspur.call
import io.github.larkspur.items
import kotlinx.coroutines.flow.take
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import java.io.File
import kotlin.time.Duration.Companion.seconds

@Serializable
data class Sent(@SerialName("message_id") val messageId: String)

@Serializable
data class User(@SerialName("open_id") val openId: String, val name: String)

suspend fun quickStart(options: ClientOptions) {
    Client(options).use { client ->
        val hello = arguments("receive_id_type" to "chat_id", "receive_id" to "oc_1", "content" to Message.text("hello"))
        val sent = client.call<Sent>("im.v1.message.create", hello)
        println("sent ${sent.messageId}")
        client.items<User>("contact.v3.user.findByDepartment", arguments("department_id" to "0"))
            .take(60)
            .collect { println("${it.openId} ${it.name}") }
    }
}

suspend fun doors(client: Client, folder: File) {
    val text: String = client.call("im.v1.message.list", """{"container_id_type":"chat","container_id":"oc_1"}""")
    val data = client.call<JsonObject>("im.v1.chat.list", arguments("page_size" to 20))
    val reply = client.callRaw("im.v1.chat.list")
    println("${reply.status} ${reply.logId} ${reply.attempts}")
    val any: String = client.request(Request("GET", "/open-apis/im/v1/chats", query = arguments("page_size" to 20)))
    val quick = client.withOptions(CallOptions(timeout = 5.seconds, maxRetries = 0))
    val page: String = quick.blocking.call("im.v1.chat.list")
    val future = quick.futures.call("im.v1.chat.list")
    println(listOf(text, any, page, future.get()).map { it.length } + data.size)
    val image = mapOf("image" to Upload(File(folder, "photo.png")))
    val key = client.call<JsonObject>("im.v1.image.create", arguments("image_type" to "message"), image).getValue("image_key")
    client.download("im.v1.image.get", arguments("image_key" to key).toString()).use { it.save(File(folder, "copy.png")) }
}

suspend fun failures(client: Client): String = try {
    client.call("im.v1.message.get", """{"message_id":"om_unknown"}""")
} catch (error: LarkException.PermissionDenied) {
    "ask for ${error.missingScopes}"
} catch (error: LarkException.Connect) {
    "offline: ${error.message}"
} catch (error: LarkException) {
    "${error.code} ${error.logId}: ${error.message}"
}
