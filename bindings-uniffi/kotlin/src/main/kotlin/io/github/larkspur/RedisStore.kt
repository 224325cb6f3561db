package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.security.SecureRandom
import kotlin.io.encoding.Base64
import kotlin.time.Duration

/**
 * Keeps tokens in a Redis, through the client of it that the program already has; a fleet of processes on many machines may share it, those in
 * Python too.
 *
 * ```
 * RedisStore { script, keys, arguments -> jedis.eval(script, keys, arguments) }
 * ```
 *
 * A value expires in the Redis when it is of no more use. It is not encrypted.
 *
 * @param prefix what its keys begin with
 * @param eval runs a Lua script in the Redis (`EVAL`) and gives its answer, a text or null; it may block, and several threads may be in it at once
 */
public class RedisStore(
    private val prefix: String = "larkspur:",
    private val eval: suspend (script: String, keys: List<String>, arguments: List<String>) -> Any?,
) : TokenStore {
    override suspend fun load(key: String): StoredToken? = ask(LOAD, key)?.let(::opened)

    override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean {
        val span = ttl.inWholeMilliseconds.coerceIn(1, LONGEST)
        return ask(SWAP, key, expected.orEmpty(), version(), value, span.toString()) == "1"
    }

    @Suppress("TooGenericExceptionCaught")
    private suspend fun ask(script: String, key: String, vararg arguments: String): String? = withContext(Dispatchers.IO) {
        try {
            text(eval(script, listOf(prefix + key), arguments.asList()))
        } catch (error: Exception) {
            currentCoroutineContext().ensureActive()
            throw error as? LarkException ?: refused(error)
        }
    }

    /** How a [RedisStore] asks, as it is written in Java. */
    public fun interface Eval {
        /** Runs a Lua script in the Redis and gives its answer, a text or null; it may block. */
        @Throws(Exception::class)
        public fun eval(script: String, keys: List<String>, arguments: List<String>): Any?
    }

    /** For Java. */
    public companion object {
        /** From Java: `RedisStore.of(jedis::eval)`. */
        @JvmStatic
        @JvmOverloads
        public fun of(eval: Eval, prefix: String = "larkspur:"): RedisStore =
            RedisStore(prefix) { script, keys, arguments -> eval.eval(script, keys, arguments) }
    }

    /** What its keys begin with. */
    override fun toString(): String = "RedisStore($prefix)"
}

private const val LOAD = "return redis.call('GET', KEYS[1])"

/** Sets a value and its version, if the version there is the expected one or, when the first answer was lost, this very one. */
private const val SWAP = """
local found = redis.call('GET', KEYS[1])
local version = found and string.match(found, '^[^ ]*') or ''
if version == ARGV[2] then return '1' end
if version ~= ARGV[1] then return '0' end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return '1'"""

/** A hundred years in milliseconds: a Redis refuses what lies beyond its calendar. */
private const val LONGEST = 100L * 365 * 24 * 3_600_000

private const val VERSION_BYTES = 16

/** A name for one value, which never comes back, not even after the Redis was emptied. */
private fun version(): String {
    val bytes = ByteArray(VERSION_BYTES).also(SecureRandom()::nextBytes)
    return Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).encode(bytes)
}

/** Clients give texts as text or as bytes. */
private fun text(answer: Any?): String? = when (answer) {
    null -> null
    is String -> answer
    is ByteArray -> answer.decodeToString()
    else -> throw failed("is answered for with a ${answer.javaClass.simpleName}; let eval give the text, or null")
}

/** A value as it lies in the Redis. */
private fun opened(found: String): StoredToken {
    val space = found.indexOf(' ')
    if (space < 0) throw failed("holds something else than tokens; use another prefix")
    val value = found.substring(space + 1)
    if (value.startsWith("sealed:")) throw failed("holds values that are encrypted; use another prefix")
    return StoredToken(value, found.substring(0, space))
}

/** Not the client's own words, nor itself as the cause: they may quote what was sent. */
private fun refused(error: Exception): LarkException {
    val code = Regex("^[A-Z]{3,} ").find(error.message.orEmpty())?.value?.trim()
    return failed(if (code != null) "refuses with $code" else "cannot be asked (${error.javaClass.simpleName})")
}

private fun failed(what: String) = LarkException.Config("the Redis $what", null)
