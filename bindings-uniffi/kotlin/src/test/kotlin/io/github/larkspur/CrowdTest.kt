package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

class CrowdTest {
    private val hello = arguments("receive_id" to "oc_1", "receive_id_type" to "chat_id", "content" to Message.text("hello")).toString()

    @Test
    fun `a thousand coroutines on a cold client fetch one token`() {
        val app = App()
        app.client().use { client ->
            runBlocking(Dispatchers.Default) { List(1000) { async { client.call(CREATE, hello) } }.awaitAll() }
        }
        assertEquals(1 to 1000, app.tokenRequests() to app.calls().size)
    }

    @Test
    fun `64 threads on a cold client fetch one token`() {
        val app = App()
        app.client().use { client ->
            val pool = Executors.newFixedThreadPool(64)
            val calls = List(64) { pool.submit { client.blocking.call(CREATE, hello) } }
            calls.forEach { it.get() }
            pool.shutdown()
            assertTrue(pool.awaitTermination(5, TimeUnit.SECONDS))
        }
        assertEquals(1 to 64, app.tokenRequests() to app.calls().size)
    }

    @Test
    fun `20,000 calls leave no threads and no memory behind`() {
        App().client().use { client ->
            make(client, 4_000)
            val (threads, memory) = threads() to memory()
            make(client, 20_000)
            assertTrue(threads() <= threads + 2, "${threads()} threads after $threads")
            // Without a leak it wavers by some megabytes; one of a kilobyte a call would show as 20.
            assertTrue(memory() < memory + 16_000, "${memory()} KB after $memory KB")
        }
    }

    private fun make(client: Client, count: Int) = runBlocking(Dispatchers.Default) {
        repeat(64) {
            launch {
                repeat(count / 64) { runCatching { client.call(GET, ID) }.onFailure { error -> check(error is LarkException.Api) { error } } }
            }
        }
    }

    private fun threads(): Int = status("Threads:")

    /** All that is resident; the heap is of a fixed size and touched from the start. */
    private fun memory(): Int {
        System.gc()
        return status("VmRSS:")
    }

    private fun status(name: String): Int {
        val line = File("/proc/self/status").readLines().first { it.startsWith(name) }
        return line.filter(Char::isDigit).toInt()
    }
}
