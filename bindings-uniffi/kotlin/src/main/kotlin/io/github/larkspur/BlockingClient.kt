package io.github.larkspur

import java.io.File

/**
 * A [Client] for threads that wait: each call runs on the thread that makes it, over a connection of its own lane. Closing the client ends calls
 * under way within 100 ms; interrupting the thread does not.
 */
public class BlockingClient internal constructor(
    /** The client whose connections, tokens and limits this shares. */
    public val client: Client,
) : AutoCloseable {
    /** Calls an operation and gives the JSON text of `data`; empty when the answer has none. */
    @JvmOverloads
    public fun call(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): String = told { client.core.callBlocking(Call(id, arguments, files, options).native()) }

    /** Calls an operation and gives the whole answer. */
    @JvmOverloads
    public fun callRaw(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): Reply = Reply(told { client.core.callRawBlocking(Call(id, arguments, files, options).native()) })

    /** The pages of a list, each as the JSON text of its `data`; a page is fetched when it is reached. */
    @JvmOverloads
    public fun pages(id: String, arguments: String = "{}", options: CallOptions? = null): Sequence<String> =
        walk(Call(id, arguments, emptyMap(), options), items = false)

    /** The items of each page of a list, as the JSON text of an array. */
    @JvmOverloads
    public fun itemPages(id: String, arguments: String = "{}", options: CallOptions? = null): Sequence<String> =
        walk(Call(id, arguments, emptyMap(), options), items = true)

    /** Calls any path and gives the JSON text of `data`. */
    @JvmOverloads
    public fun request(request: Request, options: CallOptions? = null): String =
        told { client.core.callBlocking(Call(request, options).native()) }

    /** Calls any path and gives the whole answer. */
    @JvmOverloads
    public fun requestRaw(request: Request, options: CallOptions? = null): Reply =
        Reply(told { client.core.callRawBlocking(Call(request, options).native()) })

    /** Downloads a file; [target] is complete or not there at all, and an earlier attempt is gone on with. */
    @JvmOverloads
    public fun download(id: String, target: File, arguments: String = "{}", options: CallOptions? = null): File {
        val call = Call(id, arguments, emptyMap(), options)
        told { client.core.download(call.native(), 0u).use { it.saveBlocking(target.path, true) } }
        return target
    }

    /** Closes the client. */
    override fun close(): Unit = client.close()

    private fun walk(call: Call, items: Boolean): Sequence<String> = sequence {
        told { client.core.walk(call.native(), items) }.use { walk ->
            while (true) yield(told { walk.nextPageBlocking() } ?: break)
        }
    }
}
