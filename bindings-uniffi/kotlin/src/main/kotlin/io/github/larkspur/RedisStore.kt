package io.github.larkspur

import io.github.larkspur.ffi.Script
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import kotlin.time.Duration

/**
 * Keeps tokens in a Redis, through the client of it that the program already has; a fleet of processes on many machines may share it, those in
 * other languages too. As [ClientOptions.pacing] it lets them share their pace.
 *
 * ```
 * RedisStore { script, keys, arguments -> jedis.eval(script, keys, arguments) }
 * ```
 *
 * A value expires in the Redis when it is of no more use.
 *
 * @param prefix what its keys begin with
 * @param key 32 random bytes, the same for all who share the store, with which the values are encrypted; null leaves them as they are
 * @param eval runs a Lua script in the Redis (`EVAL`) and gives its answer, a text; it may block, and several threads may be in it at once
 * @throws LarkException.Config for a key of another length
 */
public class RedisStore(
    private val prefix: String = "larkspur:",
    key: ByteArray? = null,
    private val eval: suspend (script: String, keys: List<String>, arguments: List<String>) -> Any?,
) : TokenStore,
    Pacing {
    internal val native = Library.generated {
        if (key == null) io.github.larkspur.ffi.RedisStore(prefix) else io.github.larkspur.ffi.RedisStore.sealed(prefix, key)
    }

    override suspend fun load(key: String): StoredToken? {
        val answer = run(native.load(key))
        return told { native.loaded(key, answer) }?.let { StoredToken(it.value, it.version) }
    }

    override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean {
        val script = told { native.swap(key, expected, value, ttl.inWholeMilliseconds.coerceAtLeast(0).toULong()) }
        val answer = run(script)
        return told { native.swapped(answer) }
    }

    @Suppress("TooGenericExceptionCaught")
    internal suspend fun run(script: Script): String = withContext(Dispatchers.IO) {
        try {
            text(eval(script.text, listOf(script.key), script.arguments))
        } catch (error: Exception) {
            currentCoroutineContext().ensureActive()
            throw error as? LarkException ?: refused(error)
        }
    }

    /** How a [RedisStore] asks, as it is written in Java. */
    public fun interface Eval {
        /** Runs a Lua script in the Redis and gives its answer, a text; it may block. */
        @Throws(Exception::class)
        public fun eval(script: String, keys: List<String>, arguments: List<String>): Any?
    }

    /** For Java. */
    public companion object {
        /** From Java: `RedisStore.of(jedis::eval)`. */
        @JvmStatic
        @JvmOverloads
        public fun of(eval: Eval, prefix: String = "larkspur:", key: ByteArray? = null): RedisStore =
            RedisStore(prefix, key) { script, keys, arguments -> eval.eval(script, keys, arguments) }
    }

    /** What its keys begin with. */
    override fun toString(): String = "RedisStore($prefix)"
}

/** Clients give texts as text or as bytes. */
private fun text(answer: Any?): String = when (answer) {
    is String -> answer
    is ByteArray -> answer.decodeToString()
    else -> throw failed("is answered for with ${answer?.let { "a ${it.javaClass.simpleName}" }}; let eval give the text")
}

/** Not the client's own words, nor itself as the cause: they may quote what was sent. */
private fun refused(error: Exception): LarkException {
    val code = Regex("^[A-Z]{3,} ").find(error.message.orEmpty())?.value?.trim()
    return failed(if (code != null) "refuses with $code" else "cannot be asked (${error.javaClass.simpleName})")
}

private fun failed(what: String) = LarkException.Config("the Redis $what", null)
