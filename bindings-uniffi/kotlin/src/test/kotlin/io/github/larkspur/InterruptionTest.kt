package io.github.larkspur

import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

class InterruptionTest {
    @Test
    fun `an interrupted thread ends its call and closes the connection`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            val view = client.asUser(token = "u-1").blocking
            val calls = listOf<() -> Unit>({ view.call(GET, ID) }, { view.callRaw(GET, ID) }, { view.pages(LIST, DEPARTMENT).first() })
            for (call in calls) {
                var thrown: Throwable? = null
                var isInterrupted = true
                val waiting = thread {
                    thrown = runCatching { call() }.exceptionOrNull()
                    isInterrupted = Thread.currentThread().isInterrupted
                }
                val closed = server.request()
                val began = System.nanoTime()
                waiting.interrupt()
                waiting.join(5_000)
                val took = (closed.get(1, TimeUnit.SECONDS) - began) / 1_000_000
                assertTrue(took < 250, "the connection closed after $took ms")
                assertInstanceOf(InterruptedException::class.java, thrown)
                assertFalse(isInterrupted)
            }
        }
    }

    @Test
    fun `an interrupted thread sends nothing`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            Thread.currentThread().interrupt()
            assertThrows(InterruptedException::class.java) { client.asUser(token = "u-1").blocking.call(GET, ID) }
            assertTrue(server.isUntouched())
        }
    }

    @Test
    fun `the refresh that an interrupted thread began goes on`() {
        val app = App()
        app.fault("path" to JsonPrimitive(TOKEN_PATH), "then" to json("""{"delay_ms": 400}"""))
        app.client().use { client ->
            val waiting = thread { runCatching { client.blocking.call(GET, ID) } }
            Thread.sleep(150)
            waiting.interrupt()
            waiting.join()
            assertThrows(LarkException.NotFound::class.java) { client.blocking.call(GET, ID) }
        }
        assertEquals(1, app.tokenRequests())
    }
}
