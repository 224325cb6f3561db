package io.github.larkspur

import kotlin.time.Duration

/**
 * Where tokens are kept besides the client: in Android's Keystore, in a database that a fleet of servers shares. Several clients with one store
 * fetch one token.
 *
 * What a store throws is logged, and the call goes on without it; so does a store that does not answer in time.
 */
public interface TokenStore {
    /** What lies under a [key] (printable text without white space), if anything. */
    public suspend fun load(key: String): StoredToken?

    /**
     * Puts a [value], which holds secrets, in the place of the one whose version is [expected], if that is still there; with null, only where nothing
     * is. It may be forgotten after [ttl].
     *
     * @return whether it was put there
     */
    public suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean
}

/** A [TokenStore] as it is written in Java; its methods may block. */
public interface BlockingTokenStore {
    /** As [TokenStore.load]. */
    public fun load(key: String): StoredToken?

    /** As [TokenStore.swap]; [ttl] in milliseconds. */
    public fun swap(key: String, expected: String?, value: String, ttl: Long): Boolean
}

/** On the threads for the user's code. */
internal class Suspending(private val store: BlockingTokenStore) : TokenStore {
    override suspend fun load(key: String): StoredToken? = store.load(key)

    override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean =
        store.swap(key, expected, value, ttl.inWholeMilliseconds)
}

/**
 * What a token store has under a key.
 *
 * @property value the value of the last [TokenStore.swap]
 * @property version the store's own name for this very value; it never comes back for another one
 */
public class StoredToken(public val value: String, public val version: String) {
    /** Without the value. */
    override fun toString(): String = "StoredToken(version=$version)"
}
