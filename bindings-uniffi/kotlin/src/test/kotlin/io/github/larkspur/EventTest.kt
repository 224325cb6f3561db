package io.github.larkspur

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

class EventTest {
    private val app = App()

    @Test
    fun `what happens in a call is told in its order`() {
        val told = LinkedBlockingQueue<CallEvent>()
        client(told::add).use { client -> runBlocking { client.call(LIST, DEPARTMENT) } }
        val names = List(3) { checkNotNull(told.poll(2, TimeUnit.SECONDS)) { "no event came" } }.map { "$it" }
        assertEquals(listOf("Request($LIST)", "Response($LIST)", "Done($LIST)"), names)
    }

    @Test
    fun `a handler that throws hears the next event all the same`() {
        val heard = CountDownLatch(6)
        client { heard.countDown().also { throw StackOverflowError("too deep") } }.use { client ->
            runBlocking { repeat(2) { client.call(LIST, DEPARTMENT) } }
        }
        assertTrue(heard.await(2, TimeUnit.SECONDS), "${heard.count} events are missing")
    }

    @Test
    fun `a handler that never returns holds up no call`() {
        val (began, end) = CountDownLatch(1) to CountDownLatch(1)
        val handler = { _: CallEvent -> began.countDown().also { end.await() } }
        client(handler).use { client ->
            runBlocking { repeat(3) { client.call(LIST, DEPARTMENT) } }
            client.blocking.call(LIST, DEPARTMENT)
            assertTrue(began.await(2, TimeUnit.SECONDS))
        }
        end.countDown()
        assertEquals(4, app.calls().size)
    }

    private fun client(onEvent: (CallEvent) -> Unit) = Client(ClientOptions(app.id, app.secret, Sandbox.url, onEvent = onEvent))
}
