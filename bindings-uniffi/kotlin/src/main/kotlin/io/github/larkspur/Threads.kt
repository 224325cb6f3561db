package io.github.larkspur

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.util.concurrent.Executors
import kotlin.coroutines.ContinuationInterceptor

/**
 * Where the user's own code runs: providers, and what hangs on futures. It may block, and wait there for another call, so there is always one
 * more thread; those that are idle end after a minute.
 */
internal val THREADS: CoroutineDispatcher by lazy {
    Executors.newCachedThreadPool { Thread(it, "larkspur").apply { isDaemon = true } }.asCoroutineDispatcher()
}

/**
 * What the library does for a coroutine; from a cancelled scope it is not asked to. A caller who is bound to no threads (`suspend fun main`)
 * goes on upon [THREADS], and not upon the one thread that brings all answers.
 */
internal suspend fun <T> awaited(work: suspend () -> T): T {
    val context = currentCoroutineContext()
    context.ensureActive()
    val interceptor = context[ContinuationInterceptor]
    val isBound = interceptor != null && interceptor !== Dispatchers.Unconfined
    return if (isBound) work() else withContext(THREADS) { work() }
}
