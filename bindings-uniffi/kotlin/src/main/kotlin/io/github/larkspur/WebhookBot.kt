package io.github.larkspur

import io.github.larkspur.ffi.Target
import java.util.concurrent.CompletableFuture

/**
 * A custom bot of a group: whoever knows its address may send to it. Safe to share among coroutines and threads, which then keep its rate
 * together.
 *
 * ```
 * WebhookBot(url, secret = "…").send(Message.text("deployed"))
 * ```
 */
public class WebhookBot private constructor(private val client: Client) : AutoCloseable {
    /**
     * Makes a bot; nothing is sent before the first message.
     *
     * @param url the address in the bot's settings, which is a secret
     * @param secret what it signs with, if its settings say so
     * @param options what is said of connections and calls in them counts
     * @throws LarkException.Config for an address that is none of a bot, an empty secret, or an option that cannot be
     */
    @JvmOverloads
    public constructor(url: String, secret: String? = null, options: ClientOptions = ClientOptions()) : this(made(url, secret, options))

    /**
     * Sends a text, post, image, shared chat or card to the bot's group; gives what the platform answers as JSON text, mostly `{}`.
     *
     * It waits for its turn within `maxWait`: a bot may send five messages a second, and a hundred a minute.
     *
     * @throws LarkException whatever the call fails with
     */
    public suspend fun send(message: Message, options: CallOptions? = null): String = client.call(call(message, options))

    /** As [send], on this thread. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun sendBlocking(message: Message, options: CallOptions? = null): String = client.blocking.made(call(message, options))

    /** As [send], as a future; cancelling it ends the call. */
    @JvmOverloads
    public fun sendAsync(message: Message, options: CallOptions? = null): CompletableFuture<String> =
        client.futures.started { send(message, options) }

    /** Ends the calls under way and closes the connections. */
    override fun close(): Unit = client.close()

    /** Without the address. */
    override fun toString(): String = "WebhookBot(${client.baseUrl})"

    private fun call(message: Message, options: CallOptions?) =
        Call(Target.Message(message.msgType, message.content), options = options)

    private companion object {
        fun made(url: String, secret: String?, options: ClientOptions): Client {
            val core = Library.generated { io.github.larkspur.ffi.Client.bot(url, secret, options.native()) }
            val view = View(core)
            return Client(view, Providers.of(view, options), options.json)
        }
    }
}
