package io.github.larkspur

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.future.future
import java.io.File
import java.util.concurrent.CompletableFuture

/**
 * A [Client] for Java's futures, with JSON text in and out. Cancelling a future ends its call. What hangs on a future (`thenApply`) runs on a
 * thread of the package, and may block.
 */
public class FutureClient internal constructor(
    /** The client whose connections, tokens and limits this shares. */
    public val client: Client,
) : AutoCloseable {
    private val scope = CoroutineScope(THREADS)

    /** Calls an operation and gives the JSON text of `data`; empty when the answer has none. */
    @JvmOverloads
    public fun call(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): CompletableFuture<String> = started { client.call(id, arguments, files, options) }

    /** Calls an operation and gives the whole answer. */
    @JvmOverloads
    public fun callRaw(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): CompletableFuture<Reply> = started { client.callRaw(id, arguments, files, options) }

    /** Calls any path and gives the JSON text of `data`. */
    @JvmOverloads
    public fun request(request: Request, options: CallOptions? = null): CompletableFuture<String> =
        started { client.request(request, options) }

    /** Calls any path and gives the whole answer. */
    @JvmOverloads
    public fun requestRaw(request: Request, options: CallOptions? = null): CompletableFuture<Reply> =
        started { client.requestRaw(request, options) }

    /** Downloads a file; [target] is complete or not there at all, and an earlier attempt is gone on with. */
    @JvmOverloads
    public fun download(id: String, target: File, arguments: String = "{}", options: CallOptions? = null): CompletableFuture<File> =
        started { client.download(id, arguments, options).use { it.save(target) } }

    /** The token of this view, for a backend that serves a phone or a page. */
    public fun token(): CompletableFuture<Token> = started { client.token() }

    /** As [OAuth.exchange]. */
    @JvmOverloads
    public fun exchange(code: String, redirectUri: String = "", codeVerifier: String? = null): CompletableFuture<SignedInUser> =
        started { client.oauth.exchange(code, redirectUri, codeVerifier) }

    /** As [OAuth.device]; the flow has a `waitAsync` of its own. */
    @JvmOverloads
    public fun device(scopes: List<String> = emptyList()): CompletableFuture<DeviceFlow> = started { client.oauth.device(scopes) }

    /** As [OAuth.revoke]. */
    public fun revoke(key: String): CompletableFuture<Void?> = started {
        client.oauth.revoke(key)
        null
    }

    /** As [Jsapi.sign]. */
    public fun signPage(url: String): CompletableFuture<PageSignature> = started { client.jsapi.sign(url) }

    /** It begins on this thread. */
    internal fun <T> started(work: suspend () -> T): CompletableFuture<T> = scope.future(start = CoroutineStart.UNDISPATCHED) { work() }

    /** Closes the client. */
    override fun close(): Unit = client.close()
}
