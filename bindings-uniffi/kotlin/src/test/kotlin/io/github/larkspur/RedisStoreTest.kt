package io.github.larkspur

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

class RedisStoreTest {
    private val prefix = "kotlin:${UUID.randomUUID()}:"
    private val store = RedisStore(prefix) { script, keys, arguments -> Redis.eval(script, keys, arguments) }

    @Test
    fun `clients of one Redis fetch one token, which lies there as other languages read it`() {
        val app = App()
        val first = RedisStore { script, keys, arguments -> Redis.eval(script, keys, arguments) }
        val second = RedisStore { script, keys, arguments -> (Redis.eval(script, keys, arguments) as String?)?.encodeToByteArray() }
        for (own in listOf(first, second)) {
            val options = ClientOptions(app.id, app.secret, Sandbox.url, tokenStore = own)
            Client(options).use { client -> runBlocking { List(8) { async { client.call(LIST, DEPARTMENT) } }.awaitAll() } }
        }
        assertEquals(1, app.tokenRequests())
        val key = keysOf(app).single()
        val found = Redis.ask("GET", key) as String
        assertTrue(Regex("[0-9a-f-]{36} \\{.*").matches(found), "it is laid out otherwise")
        assertTrue(Redis.ask("PTTL", key) as Long in 1..7_200_000L)
    }

    @Test
    fun `a value is swapped only for the version that was seen`(): Unit = runBlocking {
        assertNull(store.load("k"))
        assertTrue(store.swap("k", null, "1 ü", 60.seconds) && !store.swap("k", null, "2", 60.seconds))
        val first = checkNotNull(store.load("k"))
        assertEquals("1 ü", first.value)
        assertFalse(store.swap("k", "another", "2", 60.seconds))
        assertTrue(store.swap("k", first.version, "2", 60.seconds) && !store.swap("k", first.version, "3", 60.seconds))
        val later = checkNotNull(store.load("k"))
        assertEquals("2", later.value)
        assertNotEquals(first.version, later.version)
    }

    @Test
    fun `a value lasts as long as was said`(): Unit = runBlocking {
        assertTrue(store.swap("k", null, "1", 20.milliseconds))
        delay(100)
        assertNull(store.load("k"))
        assertTrue(store.swap("none", null, "1", Duration.ZERO) && store.swap("all", null, "1", Duration.INFINITE))
        assertTrue(Redis.ask("PTTL", "${prefix}all") as Long > 3_000_000_000_000L)
    }

    @Test
    fun `a client that asks again, since the first answer was lost, is told what it did`(): Unit = runBlocking {
        val twice = RedisStore(prefix) { script, keys, arguments ->
            Redis.eval(script, keys, arguments)
            Redis.eval(script, keys, arguments)
        }
        assertTrue(twice.swap("k", null, "1", 60.seconds))
        assertFalse(twice.swap("k", null, "2", 60.seconds))
        assertEquals("1", twice.load("k")?.value)
    }

    @Test
    fun `what others keep there is named and left as it is`() {
        for ((found, complaint) in mapOf(
            "thesis" to "the Redis holds something else than tokens; use another prefix",
            "v1 sealed:1:AAAA" to "the Redis: its values are encrypted; pass the key",
        )) {
            Redis.ask("SET", "${prefix}k", found)
            assertEquals(complaint, assertThrows<LarkException.Config> { store.load("k") }.message)
            assertEquals(found, Redis.ask("GET", "${prefix}k"))
        }
        Redis.ask("LPUSH", "${prefix}list", "1")
        assertEquals("the Redis refuses with WRONGTYPE", assertThrows<LarkException.Config> { store.load("list") }.message)
    }

    @Test
    fun `with a key values are encrypted, and only who has it reads them`(): Unit = runBlocking {
        fun store(byte: Byte, count: Int = 32) =
            RedisStore(prefix, ByteArray(count) { byte }) { script, keys, arguments -> Redis.eval(script, keys, arguments) }
        assertTrue(store(1).swap("k", null, "t-secret", 60.seconds))
        assertTrue(" sealed:1:" in Redis.ask("GET", "${prefix}k") as String)
        assertEquals("t-secret", store(1).load("k")?.value)
        assertEquals("the Redis: its values were encrypted with another key", assertThrows<LarkException.Config> { store(2).load("k") }.message)
        val short = assertThrows<LarkException.Config> { store(1, 31) }.message.orEmpty()
        assertTrue(short.startsWith("key has 31 bytes; pass 32 random ones"), short)
    }

    @Test
    fun `no error quotes a value`() {
        val quoting = RedisStore { _, _, arguments -> error("unknown command with $arguments") }
        val error = assertThrows<LarkException.Config> { quoting.swap("k", null, "t-secret", 60.seconds) }
        assertEquals("the Redis cannot be asked (IllegalStateException)", error.message)
        assertFalse("t-secret" in error.stackTraceToString())
        val counting = RedisStore { _, _, _ -> 1L }
        val told = assertThrows<LarkException.Config> { counting.load("k") }.message
        assertEquals("the Redis is answered for with a Long; let eval give the text", told)
    }

    /** What the clients of one app keep. */
    private fun keysOf(app: App): List<String> {
        val script = "return table.concat(redis.call('KEYS', 'larkspur:*' .. ARGV[1] .. '*'), ' ')"
        return (Redis.eval(script, emptyList(), listOf(app.id)) as String).split(' ')
    }
}
