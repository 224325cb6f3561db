package io.github.larkspur

import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.InetAddress
import java.net.ServerSocket
import kotlin.time.Duration.Companion.seconds

class ErrorTest {
    private val app = App()

    @Test
    fun `offline can be told from what a server says`() {
        val port = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
        val quick = CallOptions(maxRetries = 0)
        for (address in listOf("http://127.0.0.1:$port", "https://no-such-host.invalid")) {
            Client(app.options(address)).use { client ->
                val offline = assertThrows<LarkException.Connect> { client.call(GET, ID, options = quick) }
                assertEquals(null, offline.status)
                assertTrue(offline.isRetryable)
                assertTrue(address.substringAfter("//") in offline.message.orEmpty(), offline.message)
            }
        }
        app.client().use { client ->
            app.fault("operation" to JsonPrimitive(GET), "then" to json("""{"html":502}"""))
            assertEquals(502, assertThrows<LarkException.Http> { client.call(GET, ID, options = quick) }.status)
            assertEquals(400, assertThrows<LarkException.NotFound> { client.call(GET, ID, options = quick) }.status)
        }
    }

    @Test
    fun `what is refused before the network says why`(): Unit = app.client().use { client ->
        val wrong = listOf("", "{", "[1]", "null", "\"a\"", """{"message_id":""", """{"message_id":{}}""")
        for (text in wrong.drop(1)) {
            val error = assertThrows<LarkException.Argument> { client.call(GET, text) }
            assertTrue(error.message.orEmpty().startsWith("$GET: "), error.message)
        }
        val missing = assertThrows<LarkException.Argument> { client.call(GET, "") }
        assertTrue("message_id" in missing.message.orEmpty(), missing.message)
        val unknown = assertThrows<LarkException.UnknownOperation> { client.call("im.v1.mesage.get", ID) }
        assertTrue("did you mean" in unknown.message.orEmpty(), unknown.message)
        val user = assertThrows<LarkException.Config> { client.asUser(token = "u-1").call(CREATE_CALENDAR, "{}") }
        assertTrue("client.asApp()" in user.message.orEmpty(), user.message)
        assertTrue(app.requests().isEmpty())
    }

    @Test
    fun `half a character is refused, wherever it stands`(): Unit = app.client().use { client ->
        val half = "\ud83d"
        for (call in listOf<suspend () -> Unit>(
            { client.call(GET, """{"message_id":"$half"}""") },
            { client.blocking.call(GET, """{"message_id":"$half"}""") },
            { client.pages(LIST, """{"department_id":"$half"}""").collect {} },
            { client.asUser(token = half) },
            { Client(ClientOptions(appId = half, appSecret = "s")).close() },
        )) {
            val error = assertThrows<LarkException.Argument> { call() }
            assertTrue("half of a surrogate pair" in error.message.orEmpty(), error.message)
        }
        assertTrue(app.requests().isEmpty())
    }

    @Test
    fun `a missing permission names the scope`(): Unit = app.client().use { client ->
        val hello = arguments("receive_id" to "oc_1", "receive_id_type" to "chat_id", "content" to Message.text("x")).toString()
        app.post("apps", "missing_scopes" to json("""["im:message","im:message:send_as_bot","im:message:send"]"""))
        val error = assertThrows<LarkException.PermissionDenied> { client.call(CREATE, hello) }
        assertTrue(error.missingScopes.isNotEmpty() && error.logId != null, error.message)
        assertTrue(error.logId.orEmpty() in error.message.orEmpty())
    }

    @Test
    fun `options that cannot be are refused when the client is made`() {
        val refused = mapOf(
            ClientOptions(appId = " ", appSecret = "s") to "app_id is empty",
            ClientOptions(appId = "cli_1", appSecret = "s", baseUrl = "http://example.com") to "http",
            ClientOptions(appId = "cli_1", appSecret = "s", timeout = 0.seconds) to "timeout is zero",
            ClientOptions(appId = "cli_1", appSecret = "s", timeout = (-1).seconds) to "timeout is -1000",
            ClientOptions(appId = "cli_1", appSecret = "s", maxRetries = -1) to "maxRetries is -1",
            ClientOptions(appId = "cli_1", appSecret = "s", headers = mapOf("A" to "b\r\nC: d")) to "header A",
            ClientOptions(appId = "cli_1", appSecret = "s", proxy = Proxy.of("nowhere")) to "proxy is no URL",
            ClientOptions(appId = "cli_1", appSecret = "s", extraCa = "no PEM") to "extra_ca",
        )
        for ((options, part) in refused) {
            val error = assertThrows<LarkException> { Client(options).close() }
            assertTrue(part in error.message.orEmpty(), error.message)
        }
    }

    @Test
    fun `no secret is in what is printed`(): Unit = app.client().use { client ->
        app.fault("path" to JsonPrimitive(TOKEN_PATH), "then" to json("""{"code":10014,"msg":"app secret invalid"}"""))
        val error = assertThrows<LarkException.Auth> { client.call(GET, ID) }
        val other = App().client()
        val token = runBlocking { other.token() }
        val reply = runBlocking { other.callRaw(LIST, DEPARTMENT) }
        other.close()
        for (shown in listOf(error.toString(), error.stackTraceToString(), app.options().toString(), token.toString(), reply.toString())) {
            assertFalse(app.secret in shown || token.value in shown, shown)
        }
    }

    private companion object {
        const val CREATE_CALENDAR = "contact.v3.user.delete"
    }
}
