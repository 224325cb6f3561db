package io.github.larkspur

import io.github.larkspur.ffi.Target
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.coroutines.cancellation.CancellationException

/**
 * A [Client] for threads that wait: each call runs on the thread that makes it, over a connection of its own lane. Closing the client and
 * interrupting the thread end calls under way within 100 ms.
 *
 * @throws InterruptedException from each call, when the thread is interrupted
 */
public class BlockingClient internal constructor(
    /** The client whose connections, tokens and limits this shares. */
    public val client: Client,
) : AutoCloseable {
    /** Calls an operation and gives the JSON text of `data`; empty when the answer has none. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun call(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): String = made(Call(id, arguments, files, options))

    /** Calls an operation and gives the whole answer. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun callRaw(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): Reply = here { client.callHere(Call(id, arguments, files, options), whole = true).reply() }

    /** The pages of a list, each as the JSON text of its `data`; a page is fetched when it is reached. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun pages(id: String, arguments: String = "{}", options: CallOptions? = null): Sequence<String> =
        walk(Call(id, arguments, emptyMap(), options), items = false)

    /** The items of each page of a list, as the JSON text of an array. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun itemPages(id: String, arguments: String = "{}", options: CallOptions? = null): Sequence<String> =
        walk(Call(id, arguments, emptyMap(), options), items = true)

    /** Calls any path and gives the JSON text of `data`. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun request(request: Request, options: CallOptions? = null): String = made(Call(request, options))

    /** Calls any path and gives the whole answer. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun requestRaw(request: Request, options: CallOptions? = null): Reply =
        here { client.callHere(Call(request, options), whole = true).reply() }

    /** Downloads a file; [target] is complete or not there at all, and an earlier attempt is gone on with. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun download(id: String, target: File, arguments: String = "{}", options: CallOptions? = null): File {
        val call = Call(id, arguments, emptyMap(), options)
        here { client.core.download(call.native(), 0u).use { it.saveBlocking(target.path, true) } }
        return target
    }

    /** The token of this view, for a backend that serves a phone or a page. */
    @Throws(InterruptedException::class)
    public fun token(): Token = Token.of(made(Call(Target.Token)))

    /** As [OAuth.exchange]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun exchange(code: String, redirectUri: String = "", codeVerifier: String? = null): SignedInUser =
        SignedInUser.of(made(OAuth.signIn(code, redirectUri, codeVerifier)))

    /** As [OAuth.device]; the flow has a `waitBlocking` of its own. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun device(scopes: List<String> = emptyList()): DeviceFlow = runBlocking { client.oauth.device(scopes) }

    /** As [OAuth.revoke]. */
    @Throws(InterruptedException::class)
    public fun revoke(key: String) {
        made(OAuth.signOut(key))
    }

    /** As [Jsapi.sign]. */
    @Throws(InterruptedException::class)
    public fun signPage(url: String): PageSignature = PageSignature.of(made(Jsapi.call(url)))

    /** Closes the client. */
    override fun close(): Unit = client.close()

    internal fun made(call: Call): String = here { client.callHere(call, whole = false).data() }

    private fun walk(call: Call, items: Boolean): Sequence<String> = sequence {
        here { client.core.walk(call.native(), items) }.use { walk ->
            while (true) yield(here { walk.nextPageBlocking() } ?: break)
        }
    }
}

/** As [told], on a thread that may be interrupted. */
private inline fun <T> here(block: () -> T): T {
    if (Thread.interrupted()) throw InterruptedException(ENDED)
    return try {
        told(block)
    } catch (cancelled: CancellationException) {
        throw if (Thread.interrupted()) InterruptedException(ENDED) else cancelled
    }
}

private const val ENDED = "the thread was interrupted, and the call ended"
