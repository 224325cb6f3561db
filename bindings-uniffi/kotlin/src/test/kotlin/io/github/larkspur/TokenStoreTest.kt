package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

class TokenStoreTest {
    private val app = App()

    /** In memory, as slow as a disk. */
    private class Shelf : TokenStore {
        val kept = ConcurrentHashMap<String, StoredToken>()
        val keys = ConcurrentHashMap.newKeySet<String>()
        private val versions = AtomicInteger()

        override suspend fun load(key: String): StoredToken? {
            delay(5)
            keys += key
            return kept[key]
        }

        override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean {
            delay(5)
            assertTrue(ttl > Duration.ZERO)
            synchronized(kept) {
                if (kept[key]?.version != expected) return false
                kept[key] = StoredToken(value, "v${versions.incrementAndGet()}")
                return true
            }
        }
    }

    @Test
    fun `clients with one store fetch one token`() {
        val shelf = Shelf()
        runBlocking(Dispatchers.Default) {
            List(4) { async { client(shelf).use { client -> List(25) { async { list(client) } }.awaitAll() } } }.awaitAll()
        }
        client(shelf).use { it.blocking.call(LIST, DEPARTMENT) }
        assertEquals(1, app.tokenRequests())
        assertEquals(1, shelf.keys.size)
        assertFalse(app.secret in shelf.kept.values.joinToString { it.value } || app.secret in shelf.keys.first())
    }

    @Test
    fun `a store that throws is logged, and the call goes on without it`() {
        for (thrown in listOf(IllegalStateException("the disk is full"), StackOverflowError("too deep"))) {
            val records = ConcurrentLinkedQueue<LogRecord>()
            val events = ConcurrentLinkedQueue<CallEvent>()
            logged(records) { client(Broken { throw thrown }, events::add).use { client -> runBlocking { list(client) } } }
            assertTrue(records.any { it.thrown === thrown && "the token store failed" in it.message })
            assertTrue(events.any { it is CallEvent.StoreFailed && thrown.javaClass.simpleName in it.reason })
        }
    }

    @Test
    fun `a store that hangs is left alone`() {
        client(Broken { awaitCancellation() }).use { client -> runBlocking { list(client) } }
        assertEquals(1, app.tokenRequests())
    }

    private class Broken(val work: suspend () -> Nothing) : TokenStore {
        override suspend fun load(key: String): StoredToken? = work()

        override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean = work()
    }

    private fun logged(records: ConcurrentLinkedQueue<LogRecord>, work: () -> Unit) {
        val handler = object : Handler() {
            override fun publish(record: LogRecord) {
                records += record
            }

            override fun flush() = Unit

            override fun close() = Unit
        }
        val logger = Logger.getLogger("io.github.larkspur")
        logger.addHandler(handler)
        try {
            work()
        } finally {
            logger.removeHandler(handler)
        }
    }

    private suspend fun list(client: Client) = client.call(LIST, DEPARTMENT)

    private fun client(store: TokenStore, onEvent: ((CallEvent) -> Unit)? = null): Client {
        val options = ClientOptions(app.id, app.secret, Sandbox.url, tokenStore = store, maxWait = 30.seconds, onEvent = onEvent)
        return Client(options)
    }
}
