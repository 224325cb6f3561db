package io.github.larkspur

import io.github.larkspur.ffi.Invocation
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.suspendCancellableCoroutine
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicLong
import java.util.concurrent.locks.LockSupport
import java.util.logging.Level
import kotlin.concurrent.thread
import kotlin.coroutines.resume

/** The coroutines that wait for their calls, of all clients, and the one thread that brings them what has come. */
internal object Inbox {
    private val waiting = ConcurrentHashMap<Long, Waiting>()
    private val last = AtomicLong()

    /** It holds the view too, whose number is good as long as it is. */
    private class Waiting(val continuation: CancellableContinuation<Letter>, val view: View)

    @Volatile
    private var isIdle = false

    private val thread = thread(isDaemon = true, name = "larkspur-inbox") {
        while (true) runCatching(::serve).onFailure { LOG.log(Level.SEVERE, "answers cannot be taken", it) }
    }

    /** Makes a call; cancelling the coroutine ends it. */
    suspend fun call(view: View, invocation: Invocation, whole: Boolean): Letter =
        suspendCancellableCoroutine { continuation ->
            val ticket = last.incrementAndGet()
            waiting[ticket] = Waiting(continuation, view)
            if (isIdle) LockSupport.unpark(thread)
            try {
                Door.submit(view.door, ticket, invocation, whole)
            } catch (thrown: Throwable) {
                waiting.remove(ticket)
                throw thrown
            }
            continuation.invokeOnCancellation {
                if (waiting.remove(ticket) != null) Door.cancel(view.door, ticket)
            }
        }

    /**
     * The thread stays in the library while calls come one after another, and not for long when they end: the JVM's exit waits for threads that
     * are there.
     */
    private fun serve() {
        val letters = Door.take(if (waiting.isEmpty()) LINGER else LONGEST)
        when {
            letters != null -> deliver(letters)
            waiting.isEmpty() -> rest()
        }
    }

    private fun rest() {
        isIdle = true
        while (waiting.isEmpty()) LockSupport.park(this)
        isIdle = false
    }

    private fun deliver(letters: Letters) {
        while (true) {
            val (ticket, letter) = letters.next() ?: return
            waiting.remove(ticket)?.continuation?.resume(letter)
        }
    }

    /** Milliseconds. */
    private const val LINGER = 20L
    private const val LONGEST = 60_000L
}
