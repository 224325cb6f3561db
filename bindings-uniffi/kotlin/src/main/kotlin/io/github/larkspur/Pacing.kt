package io.github.larkspur

/**
 * Whether calls wait for their turn, so that the platform's rates are kept: [Off], [On], or a [RedisStore], by which all clients that share it
 * count together, on many machines and in other languages. While that is away, each takes a quarter of every rate by itself, which
 * [ClientOptions.onEvent] is told.
 */
public sealed interface Pacing {
    /** They do not wait. */
    public object Off : Pacing

    /** They wait; each client counts by itself. */
    public object On : Pacing
}

/** Where clients share their pace, if they do. */
internal val Pacing.store: RedisStore? get() = this as? RedisStore
