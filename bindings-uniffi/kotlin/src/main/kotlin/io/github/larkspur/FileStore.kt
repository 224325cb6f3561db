package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import kotlin.time.Duration

/**
 * Keeps tokens in one file that only its owner can read; all processes of a machine may share it.
 *
 * The file is replaced as a whole, so that it is never half written. Its folder must be there, on a disk of this machine.
 *
 * @param file where it is; it is made when the first token comes
 * @param key 32 random bytes, with which the values are encrypted; null leaves them as they are
 * @throws LarkException.Config for a key of another length
 */
public class FileStore @JvmOverloads constructor(private val file: File, key: ByteArray? = null) : TokenStore {
    private val native = Library.generated { io.github.larkspur.ffi.FileStore(file.path, key) }

    override suspend fun load(key: String): StoredToken? = withContext(Dispatchers.IO) {
        told { native.load(key) }?.let { StoredToken(it.value, it.version) }
    }

    override suspend fun swap(key: String, expected: String?, value: String, ttl: Duration): Boolean = withContext(Dispatchers.IO) {
        told { native.swap(key, expected, value, ttl.inWholeMilliseconds.toULong()) }
    }

    /** Where it is. */
    override fun toString(): String = "FileStore($file)"
}
