package io.github.larkspur.samples

import io.github.larkspur.App
import io.github.larkspur.ClientOptions
import io.github.larkspur.LarkException
import io.github.larkspur.ProvidedToken
import io.github.larkspur.Sandbox
import io.github.larkspur.assertThrows
import io.github.larkspur.text
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayInputStream
import java.io.File
import java.net.HttpURLConnection
import java.net.URI
import java.util.Base64
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Instant

/** Runs each sample, those of the page among them. */
class SamplesTest {
    private val app = App()

    @TempDir
    lateinit var folder: File

    @Test
    fun `the quick start`(): Unit = runBlocking {
        quickStart(app.options())
        assertEquals(1 + 6, app.calls().size)
    }

    @Test
    fun `the other doors`(): Unit = app.client().use { client ->
        val png = byteArrayOf(0x89.toByte()) + "PNG\r\n\u001a\n".encodeToByteArray()
        File(folder, "photo.png").writeBytes(png.copyOf(1000))
        runBlocking { doors(client, folder) }
        assertEquals(1000, File(folder, "copy.png").length())
        assertEquals(8, app.calls().size)
    }

    @Test
    fun `what fails`(): Unit = app.client().use { client ->
        assertTrue(runBlocking { failures(client) }.startsWith("99992354 "))
        app.post("apps", "missing_scopes" to scopes)
        assertTrue(runBlocking { failures(client) }.startsWith("ask for [im:message"))
    }

    @Test
    fun `a phone gets its token from the app's own server`(): Unit = app.client().use { backend ->
        TokenServer(backend).use { server ->
            var fetched = 0
            val repository = MembersRepository(Sandbox.url) {
                fetched += 1
                val answer = Json.parseToJsonElement(URI("${server.url}/token").toURL().readText()).jsonObject
                ProvidedToken(answer.text("token"), Instant.fromEpochMilliseconds(answer.getValue("expires_at").jsonPrimitive.long))
            }
            repository.use { repository ->
                runBlocking {
                    repository.load("0")
                    val shown = assertInstanceOf(Members.Shown::class.java, repository.members.value)
                    assertEquals(20, shown.users.size)
                    assertTrue(repository.greet(shown.users.first()).startsWith("om_"))
                    assertEquals(120, repository.everybody("0").take(120).toList().size)
                }
            }
            assertEquals(1, fetched)
            assertTrue("items" in URI("${server.url}/chats").toURL().readText())
        }
    }

    @Test
    fun `a phone that is offline says so`(): Unit = MembersRepository("http://127.0.0.1:1") { ProvidedToken("t-1") }.use { repository ->
        runBlocking { repository.load("0") }
        assertEquals(Members.Failed("you seem to be offline", canRetry = true), repository.members.value)
    }

    @Test
    fun `a user signs in, and the call has the user's authority`(): Unit = app.client().use { client ->
        val user = runBlocking { signIn(client, "https://app.example.com/cb", ::consent) }
        assertTrue("ou_1" in runBlocking { user.call("authen.v1.userInfo.get") })
        assertEquals("user" to 0, user.identity to app.tokenRequests())
        runBlocking { client.oauth.revoke("ou_1") }
        val error = assertThrows<LarkException.ReauthorizationRequired> { user.call("authen.v1.userInfo.get") }
        assertTrue("sign-in has ended" in error.message.orEmpty(), error.message)
    }

    @Test
    fun `a company's server sends, signs and tells what it needs`(): Unit = app.client().use { client ->
        val own = ClientOptions(headers = mapOf("X-Sandbox-App" to app.id))
        runBlocking {
            client.call("im.v1.chat.list")
            company(client, "${Sandbox.url}/open-apis/bot/v2/hook/kotlin", own)
        }
        val called = app.calls().map { it.text("path").removePrefix("/open-apis/") }
        assertEquals(listOf("im/v1/chats", "bot/v2/hook/kotlin", "jssdk/ticket/get"), called)
        assertEquals(listOf("im.v1.chat.list"), client.usedOperations())
    }

    @Test
    fun `an app without a secret keeps its encrypted tokens in a file`() {
        val signed = AtomicInteger()
        val tokens = File(folder, "tokens")
        repeat(2) {
            keyless(app.id, Sandbox.url, tokens, ByteArray(32) { 7 }) { assertion(it, signed.incrementAndGet()) }
                .use { it.blocking.call("im.v1.chat.list") }
        }
        assertEquals(1, signed.get())
        assertTrue("sealed:" in tokens.readText())
    }

    @Test
    fun `a stream goes up`(): Unit = app.client().use { client ->
        assertTrue("file_key" in runBlocking { send(client, ByteArrayInputStream(ByteArray(9))) })
    }

    /** What a signer makes; the sandbox looks at its claims alone. */
    private fun assertion(audience: String, number: Int): String {
        val claims = """{"sub":"${app.id}","aud":"$audience","exp":${System.currentTimeMillis() / 1000 + 60},"jti":$number}"""
        return "e30.${Base64.getUrlEncoder().withoutPadding().encodeToString(claims.encodeToByteArray())}.signature"
    }

    /** Does what the user's browser does. */
    private fun consent(page: String): Pair<String, String> {
        val connection = URI("$page&sandbox_user=ou_1").toURL().openConnection() as HttpURLConnection
        connection.instanceFollowRedirects = false
        val query = URI(connection.getHeaderField("location")).query.split('&').associate { it.substringBefore('=') to it.substringAfter('=') }
        return query.getValue("state") to query.getValue("code")
    }

    private val scopes = Json.parseToJsonElement("""["im:message","im:message:readonly","im:message.history:readonly"]""")
}
