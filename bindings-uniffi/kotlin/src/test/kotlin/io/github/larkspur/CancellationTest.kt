package io.github.larkspur

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.time.Duration.Companion.milliseconds

class CancellationTest {
    @Test
    fun `a cancelled coroutine closes its connection within 100 ms`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            runBlocking(Dispatchers.Default) {
                repeat(5) {
                    val call = launch { client.asUser(token = "u-1").call(GET, ID) }
                    val closed = server.request()
                    val cancelled = System.nanoTime()
                    call.cancelAndJoin()
                    val took = (closed.get(5, TimeUnit.SECONDS) - cancelled) / 1_000_000
                    assertTrue(took < 100, "the connection closed after $took ms")
                }
            }
        }
    }

    @Test
    fun `a cancelled future and a timeout end their calls`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            val future = client.asUser(token = "u-1").futures.call(GET, ID)
            val first = server.request()
            future.cancel(true)
            first.get(1, TimeUnit.SECONDS)
            runBlocking { assertEquals(null, withTimeoutOrNull(200.milliseconds) { client.asUser(token = "u-1").call(GET, ID) }) }
            server.request().get(1, TimeUnit.SECONDS)
        }
    }

    @Test
    fun `a call that suspends ends with its deadline, and closes its connection`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            val began = System.nanoTime()
            val limits = listOf(CallOptions(maxWait = 300.milliseconds), CallOptions(timeout = 300.milliseconds, maxRetries = 0))
            for ((number, options) in limits.withIndex()) {
                assertThrows<LarkException.Timeout> { client.asUser(token = "u-1").call(GET, ID, options = options) }
                val closed = server.request().get(1, TimeUnit.SECONDS)
                assertTrue((closed - began) / 1_000_000 >= 300 * (number + 1), "the connection closed before the deadline")
            }
        }
    }

    @Test
    fun `a refresh that was under way survives its caller`() {
        val app = App()
        app.fault("path" to JsonPrimitive(TOKEN_PATH), "then" to json("""{"delay_ms": 400}"""))
        app.client().use { client ->
            runBlocking(Dispatchers.Default) {
                val first = launch { client.call(GET, ID) }
                delay(150)
                first.cancelAndJoin()
                assertThrows<LarkException.NotFound> { client.call(GET, ID) }
            }
            assertEquals(1, app.tokenRequests())
        }
    }

    @Test
    fun `a call from a cancelled scope sends nothing`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            runBlocking {
                val user = client.asUser(token = "u-1")
                val works = listOf<suspend () -> Unit>(
                    { user.call(GET, ID) },
                    { user.callRaw(GET, ID) },
                    { user.pages(LIST, DEPARTMENT).collect {} },
                    { user.items<JsonObject>(LIST).collect {} },
                    { user.download("im.v1.image.get", """{"image_key":"img_1"}""") },
                    { client.token() },
                    { client.oauth.device() },
                )
                for (work in works) {
                    val call = launch(Dispatchers.Default) {
                        cancel()
                        work()
                    }
                    call.join()
                    assertTrue(call.isCancelled)
                }
                delay(50)
            }
            assertTrue(server.isUntouched())
        }
    }

    @Test
    fun `closing ends the calls under way, and later ones say so`(): Unit = SilentServer().use { server ->
        val client = Client(App().options(server.url))
        val user = client.asUser(token = "u-1")
        var blocked: Throwable? = null
        val waiting = thread { blocked = runCatching { user.blocking.call(GET, ID) }.exceptionOrNull() }
        runBlocking(Dispatchers.Default) {
            val calls = List(8) { async { runCatching { user.call(GET, ID) }.exceptionOrNull() } }
            val token = async { runCatching { client.token() }.exceptionOrNull() }
            repeat(10) { server.request() }
            val began = System.nanoTime()
            client.close()
            (calls.awaitAll() + token.await()).forEach { assertClosed(it) }
            waiting.join()
            assertClosed(blocked)
            assertTrue(System.nanoTime() - began < 1_000_000_000)
            assertClosed(runCatching { client.call(GET, ID) }.exceptionOrNull())
            assertClosed(runCatching { client.pages(LIST, DEPARTMENT).collect {} }.exceptionOrNull())
            assertClosed(runCatching { client.download("im.v1.image.get", """{"image_key":"img_1"}""").close() }.exceptionOrNull())
            assertClosed(runCatching { client.asApp().callRaw(GET, ID) }.exceptionOrNull())
            assertClosed(runCatching { client.oauth.device() }.exceptionOrNull())
            assertClosed(runCatching { client.jsapi.sign("https://app.example.com/") }.exceptionOrNull())
        }
        assertClosed(runCatching { client.blocking.call(GET, ID) }.exceptionOrNull())
        assertClosed(runCatching { client.futures.call(GET, ID).get() }.exceptionOrNull()?.cause)
        client.close()
    }

    @Test
    fun `cancelling is cancellation and no error of the call`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            runBlocking(Dispatchers.Default) {
                var thrown: Throwable? = null
                coroutineScope {
                    val call = launch {
                        thrown = runCatching { client.asUser(token = "u-1").call(GET, ID) }.exceptionOrNull()
                    }
                    server.request()
                    call.cancel()
                }
                assertInstanceOf(CancellationException::class.java, thrown)
            }
        }
    }

    private fun assertClosed(thrown: Throwable?) {
        assertInstanceOf(LarkException.Config::class.java, thrown)
        assertTrue("the client is closed; make a new one" in thrown?.message.orEmpty(), thrown?.message)
    }
}

const val GET = "im.v1.message.get"
const val ID = """{"message_id":"om_unknown"}"""
const val LIST = "contact.v3.user.findByDepartment"
const val CREATE = "im.v1.message.create"
const val TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"

inline fun <reified T : Throwable> assertThrows(crossinline work: suspend () -> Unit): T =
    assertThrows(T::class.java) { runBlocking { work() } }
