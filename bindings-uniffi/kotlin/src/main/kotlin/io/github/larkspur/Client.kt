package io.github.larkspur

import io.github.larkspur.ffi.Target
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.json.Json

/**
 * Calls the Feishu / Lark Open Platform: one app on one host, or a view of it. Safe to share among coroutines and threads; views share
 * connections, tokens and limits.
 *
 * An operation is named by its id (`im.v1.message.create`) and takes its arguments as one JSON object, by wire name. The functions here take and
 * give JSON text; those with a type, `client.call<Message>(id, arguments("message_id" to id))`, are extensions beside them.
 */
public open class Client internal constructor(
    private val view: View,
    private val providers: Providers?,
    private val given: Json?,
) : AutoCloseable {
    /** Decodes typed answers. */
    public val json: Json get() = given ?: DEFAULT_JSON

    /**
     * Makes a client. Nothing is sent before the first call.
     *
     * @throws LarkException.Config for an option that cannot be, and where the native library does not load
     */
    @JvmOverloads
    public constructor(options: ClientOptions = ClientOptions()) : this(options, options.native())

    /** What the library is told may hold more than the options do. */
    internal constructor(options: ClientOptions, native: io.github.larkspur.ffi.ClientOptions, pacing: Pacing = options.pacing) :
        this(View.open(native), options, pacing)

    private constructor(view: View, options: ClientOptions, pacing: Pacing) : this(view, Providers.of(view, options, pacing), options.json)

    internal val core: io.github.larkspur.ffi.Client get() = view.core

    @Volatile
    private var wasCalled = false

    /** The same client for threads that wait, and for Java. */
    public val blocking: BlockingClient get() = BlockingClient(this)

    /** The same client for Java's `CompletableFuture`. */
    public val futures: FutureClient get() = FutureClient(this)

    /** Users who sign in. */
    public val oauth: OAuth get() = OAuth(this)

    /** Signatures for web pages inside the platform's client. */
    public val jsapi: Jsapi get() = Jsapi(this)

    /** The app id. */
    public val appId: String get() = core.appId()

    /** Scheme, host and port that calls go to. */
    public val baseUrl: String get() = core.baseUrl()

    /** `app`, `tenant` or `user`. */
    public val identity: String get() = core.identity()

    /** A view with other options. */
    public fun withOptions(options: CallOptions): Client = view(told { core.withOptions(options.native()) })

    /**
     * A view with the authority of a user: one who has signed in, by the [SignedInUser.key], or one whose access token (`u-…`) is at hand, which
     * is never renewed. It never falls back to the app's authority.
     */
    @JvmOverloads
    public fun asUser(key: String? = null, token: String? = null): Client = when {
        key != null && token == null -> view(told { core.asKnownUser(key) })
        token != null && key == null -> view(told { core.asUser(token) })
        else -> throw LarkException.Config("a user is named by a key or by a token; pass one of them", null)
    }

    /** A view of a store app with the authority that a tenant gave it. */
    public fun forTenant(key: String): Client = view(told { core.forTenant(key) })

    /** A view with the app's own authority. */
    public fun asApp(): Client = view(core.asApp())

    /**
     * Calls an operation and gives the JSON text of `data`; empty when the answer has none.
     *
     * Cancelling the coroutine ends the call and closes its connection; a token refresh that it started goes on.
     *
     * @throws LarkException whatever the call fails with
     */
    public suspend fun call(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): String = call(Call(id, arguments, files, options))

    /** Calls an operation and gives the whole answer; raises as [call] does. */
    public suspend fun callRaw(
        id: String,
        arguments: String = "{}",
        files: Map<String, Upload> = emptyMap(),
        options: CallOptions? = null,
    ): Reply = callRaw(Call(id, arguments, files, options))

    /** The pages of a list, each as the JSON text of its `data`; a page is fetched when it is collected. */
    public fun pages(id: String, arguments: String = "{}", options: CallOptions? = null): Flow<String> =
        walk(Call(id, arguments, emptyMap(), options), items = false)

    /** The items of each page of a list, as the JSON text of an array. */
    public fun itemPages(id: String, arguments: String = "{}", options: CallOptions? = null): Flow<String> =
        walk(Call(id, arguments, emptyMap(), options), items = true)

    /** Starts a download and waits for what is known of the file. */
    public suspend fun download(id: String, arguments: String = "{}", options: CallOptions? = null, offset: Long = 0): Download =
        download(Call(id, arguments, emptyMap(), options), offset)

    /** Calls any path and gives the JSON text of `data`. */
    public suspend fun request(request: Request, options: CallOptions? = null): String = call(Call(request, options))

    /** Calls any path and gives the whole answer. */
    public suspend fun requestRaw(request: Request, options: CallOptions? = null): Reply = callRaw(Call(request, options))

    /** The pages of any path that has them. */
    public fun requestPages(request: Request, options: CallOptions? = null): Flow<String> = walk(Call(request, options), items = false)

    /** The items of each page of any path that has them, as the JSON text of an array. */
    public fun requestItemPages(request: Request, options: CallOptions? = null): Flow<String> = walk(Call(request, options), items = true)

    /** Starts a download from any path. */
    public suspend fun requestDownload(request: Request, options: CallOptions? = null, offset: Long = 0): Download =
        download(Call(request, options), offset)

    /** The token of this view, for a backend that serves a phone or a page; fetched, shared and renewed as for any call. */
    public suspend fun token(): Token = Token.of(call(Call(Target.Token)))

    /** Takes the ticket of a store app that the platform pushed, or the JSON of the whole event, decrypted; the calls that wait for one go on. */
    public fun setAppTicket(ticket: String): Unit = told { core.setAppTicket(ticket) }

    /** The operations that this client and its views have called so far, for [scopes]; a call of any path is not among them. */
    public fun usedOperations(): List<String> = core.usedOperations()

    /** All tokens of the client and its views, as text: a secret. */
    public fun exportTokens(): String = core.exportTokens()

    /** Takes the tokens of an export; says how many. */
    public fun importTokens(exported: String): Int = told { core.importTokens(exported) }.toInt()

    /** Ends the calls under way, for all views, and closes the connections; later calls are refused. */
    override fun close() {
        Door.close(view.door)
        providers?.stop()
    }

    /** Makes a call on this thread. */
    internal fun callHere(call: Call, whole: Boolean): Letter = try {
        call.made { Door.call(view.door, it, whole) }
    } finally {
        // To write it, this object must be there until now, and with it the number is good.
        wasCalled = true
    }

    private fun view(core: io.github.larkspur.ffi.Client) = Client(View(core), providers, given)

    internal suspend fun call(call: Call): String = told { answered(call, whole = false).data() }

    private suspend fun callRaw(call: Call): Reply = told { answered(call, whole = true).reply() }

    private suspend fun answered(call: Call, whole: Boolean): Letter = awaited { call.made { Inbox.call(view, it, whole) } }

    private fun walk(call: Call, items: Boolean): Flow<String> = flow {
        told { core.walk(call.native(), items) }.use { walk ->
            while (true) emit(told { awaited { walk.nextPage() } } ?: break)
        }
    }

    private suspend fun download(call: Call, offset: Long): Download = awaited {
        Download.begun(told { core.download(call.native(), offset.toULong()) })
    }
}
