package io.github.larkspur

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.io.ByteArrayOutputStream
import java.io.File

/**
 * A file on its way: read it, save it, or collect its chunks, once; it ends when it is closed.
 *
 * @property fileName the file's own name, without folders, if the platform gives one
 * @property contentType its media type
 * @property size its number of bytes, if the platform says so
 * @property headers the headers of the answer by their names in lower case
 * @property logId the log id to quote to the platform's support
 */
public class Download private constructor(
    private val native: io.github.larkspur.ffi.Download,
    public val fileName: String?,
    public val contentType: String?,
    public val size: Long?,
    public val headers: Map<String, String>,
    public val logId: String?,
) : AutoCloseable {
    /** The bytes as they come. */
    public fun chunks(): Flow<ByteArray> = flow {
        while (true) emit(told { awaited { native.nextChunk() } } ?: break)
    }

    /** All bytes that are left. */
    public suspend fun bytes(): ByteArray {
        val all = ByteArrayOutputStream(size?.coerceAtMost(MOST_AT_ONCE)?.toInt() ?: 0)
        chunks().collect(all::write)
        return all.toByteArray()
    }

    /**
     * Saves the file; [target] is complete or not there at all.
     *
     * Until then the bytes lie beside it in a file that ends in `.part`; with [resume] an earlier one is gone on with.
     */
    public suspend fun save(target: File, resume: Boolean = true): File {
        told { awaited { native.save(target.path, resume) } }
        return target
    }

    /** Ends the download. */
    override fun close(): Unit = native.stop()

    internal companion object {
        private const val MOST_AT_ONCE = 1L shl 24

        @Suppress("TooGenericExceptionCaught")
        suspend fun begun(native: io.github.larkspur.ffi.Download): Download = try {
            val facts = told { native.facts() }
            Download(native, facts.fileName, facts.contentType, facts.size?.toLong(), facts.headers, facts.logId)
        } catch (thrown: Throwable) {
            native.stop()
            throw thrown
        }
    }
}
