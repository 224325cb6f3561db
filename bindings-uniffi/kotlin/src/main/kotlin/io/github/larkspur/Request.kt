package io.github.larkspur

import io.github.larkspur.ffi.Content
import io.github.larkspur.ffi.FileArgument
import io.github.larkspur.ffi.Invocation
import io.github.larkspur.ffi.Target
import io.github.larkspur.ffi.UploadStream
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import java.io.File
import java.io.InputStream
import kotlin.concurrent.thread

/**
 * A call of any path, for what the catalogue does not have.
 *
 * @property method the HTTP method
 * @property path begins with `/` and holds no host; a segment `:name` is filled from [pathParams]
 * @property pathParams the values of the path's parameters
 * @property query the query; a list is sent as a repeated key
 * @property body the JSON body; with [files], the form's text parts
 * @property files make the body a form
 * @property token `tenant`, `user`, `app` or `none`; left out, the one that the view has
 */
public class Request @JvmOverloads constructor(
    public val method: String,
    public val path: String,
    public val pathParams: JsonObject? = null,
    public val query: JsonObject? = null,
    public val body: JsonElement? = null,
    public val files: Map<String, Upload> = emptyMap(),
    public val token: String? = null,
)

/** A file to upload: bytes that are at hand, a file on disk that is read while it is sent, or a stream. */
public class Upload private constructor(internal val name: String?, private val content: Content?, private val stream: Feed?) {
    /** Bytes, and the file's name. */
    @JvmOverloads
    public constructor(bytes: ByteArray, name: String? = null) : this(name, Content.Bytes(bytes), null)

    /** A file on disk; its own name unless another is given. */
    @JvmOverloads
    public constructor(file: File, name: String? = null) : this(name, Content.Path(file.path), null)

    /**
     * A stream, which a thread of its own reads while it is sent, and closes. It can be read once, so the call is not sent again after bytes
     * have gone. [length]: its number of bytes, if that is known.
     */
    @JvmOverloads
    public constructor(stream: InputStream, name: String? = null, length: Long? = null) : this(name, null, Feed(stream, length))

    /** What the library takes; a stream must be [Feed.start]ed. */
    internal fun content(): Content = content ?: Content.Stream(checkNotNull(stream).target)

    internal fun feed(): Feed? = stream
}

/** A stream on its way into the library. */
internal class Feed(private val stream: InputStream, length: Long?) {
    internal val target = Library.generated { UploadStream(length?.toULong()) }

    internal fun start() {
        thread(isDaemon = true, name = "larkspur-upload") { stream.use(::copy) }
    }

    @Suppress("TooGenericExceptionCaught")
    private fun copy(stream: InputStream) {
        try {
            val room = ByteArray(PIECE)
            while (true) {
                val count = stream.read(room)
                if (count < 0 || !target.write(room.copyOf(count))) break
            }
            target.finish()
        } catch (thrown: Throwable) {
            target.fail(line(thrown))
        }
    }

    private companion object {
        const val PIECE = 1 shl 17
    }
}

/** What is called. */
internal class Call(private val target: Target, private val files: Map<String, Upload> = emptyMap(), private val options: CallOptions? = null) {
    constructor(id: String, arguments: String, files: Map<String, Upload>, options: CallOptions?) :
        this(Target.Operation(id, arguments), files, options)

    constructor(request: Request, options: CallOptions?) : this(
        Target.Path(
            method = request.method,
            path = request.path,
            pathParams = request.pathParams?.toString().orEmpty(),
            query = request.query?.toString().orEmpty(),
            body = request.body?.toString().orEmpty(),
            token = request.token,
        ),
        request.files,
        options,
    )

    fun native(): Invocation {
        val files = files.map { (name, upload) -> FileArgument(name, upload.content(), upload.name) }
        return Invocation(target, files, options?.native(), null)
    }

    /** Makes the call; streams are read as long as it takes. */
    inline fun <T> made(make: (Invocation) -> T): T {
        val feeds = files.values.mapNotNull { it.feed() }
        feeds.forEach { it.start() }
        try {
            return make(native())
        } finally {
            feeds.forEach { it.target.stop() }
        }
    }
}
