package io.github.larkspur

import io.github.larkspur.ffi.ClientOptions
import io.github.larkspur.ffi.FfiConverter
import io.github.larkspur.ffi.FfiConverterTypeClientOptions
import io.github.larkspur.ffi.FfiConverterTypeFfiError
import io.github.larkspur.ffi.FfiConverterTypeInvocation
import io.github.larkspur.ffi.FfiConverterTypeReply
import io.github.larkspur.ffi.Invocation
import java.nio.ByteBuffer

/** Clients and their calls. Only numbers and bytes cross here, since each record that crosses costs microseconds. */
internal object Door {
    /** Opens a client; gives its number. */
    fun open(options: ClientOptions): Long {
        val written = FfiConverterTypeClientOptions.written(options)
        val (door, letter) = checkNotNull(Letters(Jni.open(written.array(), written.position())).next())
        letter.data()
        return door
    }

    /** Ends the calls under way, for all views, and closes the connections. */
    fun close(door: Long): Unit = Jni.close(door)

    /** Lets go of a client that was opened. */
    fun release(door: Long): Unit = Jni.release(door)

    /** Makes a call on this thread. */
    fun call(door: Long, invocation: Invocation, whole: Boolean): Letter {
        val written = FfiConverterTypeInvocation.written(invocation)
        val letters = Letters(Jni.call(door, written.array(), written.position(), whole))
        return checkNotNull(letters.next()).second
    }

    /** Starts a call whose letter [take] will give under the ticket. */
    fun submit(door: Long, ticket: Long, invocation: Invocation, whole: Boolean) {
        val written = FfiConverterTypeInvocation.written(invocation)
        Jni.submit(door, ticket, written.array(), written.position(), whole)
    }

    /** Ends a call that was started. */
    fun cancel(door: Long, ticket: Long): Unit = Jni.cancel(door, ticket)

    /** Waits at most so many milliseconds for letters of calls that were started. */
    fun take(atMost: Long): Letters? = Jni.take(atMost)?.let(::Letters)

    private fun <T> FfiConverter<T, *>.written(value: T): ByteBuffer {
        val buffer = ByteBuffer.allocate(allocationSize(value).toInt())
        write(value, buffer)
        return buffer
    }
}

/** Letters, one after another. */
internal class Letters(bytes: ByteArray) {
    private val bytes = ByteBuffer.wrap(bytes)

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
