package io.github.larkspur

import io.github.larkspur.ffi.ClientOptions
import java.lang.ref.PhantomReference
import java.lang.ref.ReferenceQueue
import java.util.concurrent.ConcurrentHashMap

/**
 * One view in the library: its number at the [Door], through which calls go, and what is generated for everything else, which brings JNA along
 * and so nine megabytes: it is made when it is first needed.
 */
internal class View private constructor(val door: Long, made: Lazy<io.github.larkspur.ffi.Client>) {
    constructor(core: io.github.larkspur.ffi.Client) : this(core.door().toLong(), lazyOf(core))

    private constructor(door: Long) : this(door, lazy { behind(door) })

    /** What is generated. */
    val core: io.github.larkspur.ffi.Client by made

    /** Tells when a view that was opened is there no more. */
    private class Trace(view: View) : PhantomReference<View>(view, gone) {
        val door = view.door
    }

    companion object {
        private val traces: MutableSet<Trace> = ConcurrentHashMap.newKeySet()
        private val gone = ReferenceQueue<View>()

        /** Opens a client; those that nobody holds any more are let go of. */
        fun open(options: ClientOptions): View {
            Library.need()
            letGo()
            return View(told { Door.open(options) }).also { traces += Trace(it) }
        }

        private fun letGo() {
            while (true) {
                val trace = gone.poll() as Trace? ?: return
                traces -= trace
                Door.release(trace.door)
            }
        }

        private fun behind(door: Long) = Library.generated { io.github.larkspur.ffi.Client.behind(door.toULong()) }
    }
}
