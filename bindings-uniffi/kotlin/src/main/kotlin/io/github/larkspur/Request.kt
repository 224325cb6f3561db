package io.github.larkspur

import io.github.larkspur.ffi.Content
import io.github.larkspur.ffi.FileArgument
import io.github.larkspur.ffi.Invocation
import io.github.larkspur.ffi.Target
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import java.io.File

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

/** A file to upload: bytes that are at hand, or a file on disk that is read while it is sent. */
public class Upload private constructor(internal val content: Content, internal val name: String?) {
    /** Bytes, and the file's name. */
    @JvmOverloads
    public constructor(bytes: ByteArray, name: String? = null) : this(Content.Bytes(bytes), name)

    /** A file on disk; its own name unless another is given. */
    @JvmOverloads
    public constructor(file: File, name: String? = null) : this(Content.Path(file.path), name)
}

/** What is called, and how the call is named in messages. */
internal class Call(private val target: Target, private val files: Map<String, Upload>, private val options: CallOptions?, val name: String) {
    constructor(id: String, arguments: String, files: Map<String, Upload>, options: CallOptions?) :
        this(Target.Operation(id, arguments), files, options, id)

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
        "${request.method} ${request.path}",
    )

    fun native(): Invocation {
        val files = files.map { (name, upload) -> FileArgument(name, upload.content, upload.name) }
        return Invocation(target, files, options?.native(), null)
    }
}
