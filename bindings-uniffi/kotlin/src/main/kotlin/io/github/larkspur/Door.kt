package io.github.larkspur

import com.sun.jna.Callback
import com.sun.jna.Native
import com.sun.jna.Pointer
import io.github.larkspur.ffi.FfiConverterTypeFfiError
import io.github.larkspur.ffi.FfiConverterTypeInvocation
import io.github.larkspur.ffi.FfiConverterTypeReply
import io.github.larkspur.ffi.Invocation
import java.nio.ByteBuffer

/** The library's functions for calls. Only numbers and bytes cross there, since each record that crosses costs microseconds. */
@Suppress("FunctionNaming", "ktlint:standard:function-naming")
internal object Door {
    /** Before the first letter stand two lengths. */
    private const val HEAD = 16

    /** What JNA calls on a thread that waits for a call; kept here, since the library keeps no object alive. */
    private val interrupts = object : Interrupts {
        override fun invoke(): Byte = if (Thread.currentThread().isInterrupted) 1 else 0
    }

    /** Finds the functions, once, before any is called. */
    fun open() {
        Native.register(Door::class.java, System.getProperty("uniffi.component.larkspur_ffi.libraryOverride") ?: "larkspur_ffi")
        larkspur_interrupts(interrupts)
    }

    /** Makes a call on this thread. */
    fun call(door: Long, invocation: Invocation, whole: Boolean): Letter {
        val written = written(invocation)
        val letters = letters(larkspur_call(door, written.array(), written.position().toLong(), if (whole) 1 else 0))
        return checkNotNull(letters?.next()).second
    }

    /** Starts a call whose letter [take] will give under the ticket. */
    fun submit(door: Long, ticket: Long, invocation: Invocation, whole: Boolean) {
        val written = written(invocation)
        larkspur_submit(door, ticket, written.array(), written.position().toLong(), if (whole) 1 else 0)
    }

    /** Ends a call that was started. */
    fun cancel(door: Long, ticket: Long): Unit = larkspur_cancel(door, ticket)

    /** Waits at most so many milliseconds for letters of calls that were started. */
    fun take(atMost: Long): Letters? = letters(larkspur_take(atMost))

    /** Copies them out of the library's memory. */
    private fun letters(address: Long): Letters? {
        if (address == 0L) return null
        val memory = Pointer(address)
        val bytes = memory.getByteArray(0, memory.getLong(0).toInt())
        larkspur_free(address)
        return Letters(ByteBuffer.wrap(bytes).position(HEAD) as ByteBuffer)
    }

    private fun written(invocation: Invocation): ByteBuffer {
        val buffer = ByteBuffer.allocate(FfiConverterTypeInvocation.allocationSize(invocation).toInt())
        FfiConverterTypeInvocation.write(invocation, buffer)
        return buffer
    }

    internal interface Interrupts : Callback {
        fun invoke(): Byte
    }

    @JvmStatic
    private external fun larkspur_call(door: Long, invocation: ByteArray, length: Long, whole: Byte): Long

    @JvmStatic
    private external fun larkspur_submit(door: Long, ticket: Long, invocation: ByteArray, length: Long, whole: Byte)

    @JvmStatic
    private external fun larkspur_cancel(door: Long, ticket: Long)

    @JvmStatic
    private external fun larkspur_take(atMost: Long): Long

    @JvmStatic
    private external fun larkspur_free(letters: Long)

    @JvmStatic
    private external fun larkspur_interrupts(asked: Interrupts)
}

/** Letters, one after another. */
internal class Letters(private val bytes: ByteBuffer) {
    /** The next, with its ticket. */
    fun next(): Pair<Long, Letter>? {
        if (!bytes.hasRemaining()) return null
        val ticket = bytes.getLong()
        val end = bytes.getInt() + bytes.position()
        val letter = Letter(bytes.duplicate().apply { limit(end) })
        bytes.position(end)
        return ticket to letter
    }
}

/** What came of one call. */
internal class Letter(private val bytes: ByteBuffer) {
    private val kind = bytes.get().toInt()

    /** The JSON text of `data`. */
    fun data(): String {
        check()
        return String(bytes.array(), bytes.position(), bytes.remaining(), Charsets.UTF_8)
    }

    /** The whole answer. */
    fun reply(): Reply {
        check()
        return Reply(FfiConverterTypeReply.read(bytes))
    }

    private fun check() {
        if (kind == FAILED) throw FfiConverterTypeFfiError.read(bytes)
    }

    private companion object {
        const val FAILED = 2
    }
}
