package io.github.larkspur

/** The library's own functions; native code finds all names here. */
internal object Jni {
    /** Before any other. */
    @JvmStatic
    external fun begin()

    @JvmStatic
    external fun open(options: ByteArray, length: Int): ByteArray

    @JvmStatic
    external fun close(door: Long)

    @JvmStatic
    external fun release(door: Long)

    @JvmStatic
    external fun call(door: Long, invocation: ByteArray, length: Int, whole: Boolean): ByteArray

    @JvmStatic
    external fun submit(door: Long, ticket: Long, invocation: ByteArray, length: Int, whole: Boolean)

    @JvmStatic
    external fun cancel(door: Long, ticket: Long)

    @JvmStatic
    external fun message(wanted: ByteArray, length: Int): ByteArray

    @JvmStatic
    external fun take(atMost: Long): ByteArray?

    /** Asked on a thread that waits for a call. */
    @JvmStatic
    fun isInterrupted(): Boolean = Thread.currentThread().isInterrupted
}
