package io.github.larkspur

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.asCoroutineDispatcher
import java.util.concurrent.Executors

/**
 * Where the user's own code runs: providers, and what hangs on futures. It may block, and wait there for another call, so there is always one
 * more thread; those that are idle end after a minute.
 */
internal val THREADS: CoroutineDispatcher by lazy {
    Executors.newCachedThreadPool { Thread(it, "larkspur").apply { isDaemon = true } }.asCoroutineDispatcher()
}
