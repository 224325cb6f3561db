package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.coroutines.cancellation.CancellationException
import kotlin.coroutines.resume
import kotlin.coroutines.suspendCoroutine
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds

class TokenProviderTest {
    private val app = App()

    /** A token that the sandbox takes, as a backend would hand it out. */
    private val token = app.client().use { backend -> runBlocking { backend.token().value } }

    @Test
    fun `a provider that suspends is asked once however many calls wait`() {
        val asked = AtomicInteger()
        val wanted = mutableListOf<TokenWanted>()
        client {
            asked.incrementAndGet()
            wanted += it
            delay(50)
            ProvidedToken(token, Clock.System.now() + 2.hours)
        }.use { client ->
            runBlocking(Dispatchers.Default) { List(100) { async { client.pages(LIST, DEPARTMENT).collect {} } }.awaitAll() }
            client.blocking.call(LIST, DEPARTMENT)
        }
        assertEquals(1, asked.get())
        assertEquals(listOf(TokenWanted("tenant", null, null, "first")), wanted)
    }

    @Test
    fun `whatever a provider throws is told to the call`() {
        for (thrown in thrown()) {
            client { throw thrown }.use { client ->
                val error = assertThrows<LarkException.Auth> { client.call(GET, ID) }
                val line = error.message.orEmpty()
                assertTrue("the token provider failed: ${thrown.javaClass.simpleName}" in line && '\n' !in line, line)
            }
        }
    }

    private fun thrown() = listOf(
        IllegalStateException("the backend\nis down"),
        CancellationException("changed its mind"),
        StackOverflowError("too deep"),
        OutOfMemoryError("none left"),
        AssertionError(),
        NotImplementedError(),
    )

    @Test
    fun `providers that block for ever hold up nobody else`() {
        val blocked = List(8) { client(maxWait = 200.milliseconds) { CountDownLatch(1).await().let { error("never") } } }
        runBlocking { blocked.map { async { runCatching { it.call(GET, ID) }.exceptionOrNull() } }.awaitAll() }
            .forEach { assertInstanceOf(LarkException.Timeout::class.java, it) }
        client { ProvidedToken(token) }.use { client -> runBlocking(Dispatchers.Default) { client.call(LIST, DEPARTMENT) } }
        blocked.forEach { it.close() }
    }

    @Test
    fun `a provider that answers on another thread`(): Unit = app.client().use { backend ->
        client { suspendCoroutine { later -> thread { later.resume(ProvidedToken(backend.blocking.token().value)) } } }.use { client ->
            runBlocking { client.call(LIST, DEPARTMENT) }
        }
    }

    @Test
    fun `a provider that never returns ends with the deadline of the call`() {
        client(maxWait = 300.milliseconds) { awaitCancellation() }.use { client ->
            val began = System.nanoTime()
            assertThrows<LarkException.Timeout> { client.call(GET, ID) }
            assertThrows<LarkException.Timeout> { client.blocking.call(GET, ID) }
            assertTrue(System.nanoTime() - began < 3_000_000_000)
        }
    }

    @Test
    fun `a token that is no text fails at once`(): Unit = client { ProvidedToken("\ud83d") }.use { client ->
        val error = assertThrows<LarkException.Auth> { client.call(GET, ID) }
        assertTrue("the token provider failed" in error.message.orEmpty(), error.message)
    }

    @Test
    fun `an empty token is refused before it is sent`() {
        client { ProvidedToken(" ") }.use { client ->
            assertThrows<LarkException.Config> { client.call(GET, ID) }
            assertTrue(app.calls().isEmpty())
        }
    }

    @Test
    fun `a refused token is asked for again`() {
        val reasons = mutableListOf<String>()
        client {
            reasons += it.reason
            ProvidedToken(if (it.reason == "refused") token else "t-old")
        }.use { client -> runBlocking { client.call(LIST, DEPARTMENT) } }
        assertEquals(listOf("first", "refused"), reasons)
    }

    @Test
    fun `a provider from Java gives a future`() {
        val builder = ClientOptions.builder().baseUrl(Sandbox.url).tokenProvider { CompletableFuture.completedFuture(ProvidedToken(token)) }
        Client(builder.call(CallOptions.ofMillis(5_000, null, 0)).build()).use { client ->
            assertTrue("items" in client.futures.call(LIST, DEPARTMENT).get())
        }
    }

    private fun client(maxWait: Duration? = null, provider: suspend (TokenWanted) -> ProvidedToken): Client =
        Client(ClientOptions(baseUrl = Sandbox.url, maxWait = maxWait, tokenProvider = provider, headers = mapOf("X-Sandbox-App" to app.id)))
}

const val DEPARTMENT = """{"department_id":"0","page_size":50}"""
