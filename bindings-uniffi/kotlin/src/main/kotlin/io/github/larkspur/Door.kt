package io.github.larkspur

import io.github.larkspur.ffi.ClientOptions
import io.github.larkspur.ffi.FfiConverter
import io.github.larkspur.ffi.FfiConverterTypeClientOptions
import io.github.larkspur.ffi.FfiConverterTypeFfiError
import io.github.larkspur.ffi.FfiConverterTypeInvocation
import io.github.larkspur.ffi.FfiConverterTypeMessage
import io.github.larkspur.ffi.FfiConverterTypeReply
import io.github.larkspur.ffi.Invocation
import io.github.larkspur.ffi.Message
import java.nio.ByteBuffer

/** Clients, their calls, and messages. Only numbers and bytes cross here, since each record that crosses costs microseconds. */
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

    /** Builds a message of a kind from its arguments. */
    fun message(wanted: Message): Message {
        val written = FfiConverterTypeMessage.written(wanted)
        val letters = Letters(Jni.message(written.array(), written.position()))
        return checkNotNull(letters.next()).second.read(FfiConverterTypeMessage)
    }

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
    private var at = 0

    /** The next, with its ticket. */
    fun next(): Pair<Long, Letter>? {
        if (at == bytes.capacity()) return null
        val ticket = bytes.getLong(at)
        val start = at + HEAD
        at = start + bytes.getInt(start - Int.SIZE_BYTES)
        return ticket to Letter(bytes.array(), start, at)
    }

    private companion object {
        /** The ticket and the length. */
        const val HEAD = Long.SIZE_BYTES + Int.SIZE_BYTES
    }
}

/** What came of one call: its kind, and the content up to its end. */
internal class Letter(private val bytes: ByteArray, private val start: Int, end: Int) {
    private val length = end - start - 1

    /** The JSON text of `data`. */
    fun data(): String {
        check()
        return String(bytes, start + 1, length, Charsets.UTF_8)
    }

    /** The whole answer. */
    fun reply(): Reply = Reply(read(FfiConverterTypeReply))

    /** A record. */
    fun <T> read(converter: FfiConverter<T, *>): T {
        check()
        return converter.read(content())
    }

    private fun content() = ByteBuffer.wrap(bytes, start + 1, length)

    private fun check() {
        if (bytes[start] == FAILED) throw FfiConverterTypeFfiError.read(content())
    }

    private companion object {
        const val FAILED: Byte = 2
    }
}
