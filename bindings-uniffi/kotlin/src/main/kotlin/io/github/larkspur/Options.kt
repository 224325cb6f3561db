package io.github.larkspur

import kotlinx.coroutines.future.await
import kotlinx.serialization.json.Json
import java.util.concurrent.CompletionStage
import java.util.function.Consumer
import java.util.function.Function
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * The options of a [Client]. What is left out is read from the environment (`LARK_APP_ID`, `LARK_APP_SECRET`, `LARK_BASE_URL`) or has the
 * default named here. From Java: [builder].
 *
 * @property appId the app id (`cli_…`)
 * @property appSecret the app secret; it does not belong into an app that others install: use [tokenProvider] there
 * @property baseUrl `feishu` (the default), `lark`, or the URL of another host
 * @property accountsUrl the host where users sign in, if it is not the one that belongs to [baseUrl]
 * @property appType whether the app was made for one tenant or is sold to many
 * @property tokenProvider gives tokens in place of the app secret; it may suspend, and is asked once however many calls wait
 * @property clientAssertion for an app without a secret: is given an audience (the host where tokens are fetched), signs and gives a JWT for it,
 *   a new one each time; [appSecret] is left out then
 * @property tokenStore keeps tokens besides the client
 * @property timeout the longest time of one attempt (30 s); for a file the longest time without progress
 * @property maxWait the longest time of a whole call with its waits (120 s; no limit for files)
 * @property maxRetries how often a call is sent again at most (2)
 * @property headers further headers of every call
 * @property helpdesk the helpdesk's id and token, for the operations that need them
 * @property proxy which proxy calls go through; left out, the one that the environment names, if it does
 * @property extraCa certificates, as PEM text, of authorities to trust besides the system's
 * @property http2 whether suspending calls use HTTP/2 where the server offers it
 * @property allowHttp whether plain http to other hosts than loopback is allowed
 * @property maxAnswer the most bytes of an answer that is no file (64 MiB)
 * @property pacing whether calls wait for their turn by the rates of their pages
 * @property onEvent is told what happens in calls, for logs and metrics; it is not to block
 * @property json decodes typed answers; left out, one that passes over fields that it does not know
 */
public class ClientOptions(
    public val appId: String = "",
    public val appSecret: String = "",
    public val baseUrl: String = "",
    public val accountsUrl: String = "",
    public val appType: AppType = AppType.SELF_BUILT,
    public val tokenProvider: (suspend (TokenWanted) -> ProvidedToken)? = null,
    public val clientAssertion: (suspend (String) -> String)? = null,
    public val tokenStore: TokenStore? = null,
    public val timeout: Duration? = null,
    public val maxWait: Duration? = null,
    public val maxRetries: Int? = null,
    public val headers: Map<String, String> = emptyMap(),
    public val helpdesk: Helpdesk? = null,
    public val proxy: Proxy? = null,
    public val extraCa: String? = null,
    public val http2: Boolean = true,
    public val allowHttp: Boolean = false,
    public val maxAnswer: Long? = null,
    public val pacing: Pacing = Pacing.Off,
    public val onEvent: ((CallEvent) -> Unit)? = null,
    public val json: Json? = null,
) {
    /** No secret is in it. */
    override fun toString(): String = "ClientOptions(appId=$appId, baseUrl=$baseUrl)"

    internal fun native(): io.github.larkspur.ffi.ClientOptions = io.github.larkspur.ffi.ClientOptions(
        appId = appId,
        appSecret = appSecret,
        baseUrl = baseUrl,
        accountsUrl = accountsUrl,
        appType = appType.name.lowercase(),
        allowHttp = allowHttp,
        hasTokenProvider = tokenProvider != null,
        hasClientAssertion = clientAssertion != null,
        hasTokenStore = tokenStore != null,
        hasHooks = onEvent != null,
        helpdesk = helpdesk?.let { io.github.larkspur.ffi.Helpdesk(it.id, it.token) },
        maxAnswer = maxAnswer?.let { count("maxAnswer", it) },
        proxy = proxy?.native,
        extraCa = extraCa?.encodeToByteArray(),
        http2 = http2,
        userAgent = USER_AGENT,
        pacing = pacing != Pacing.Off,
        pacingStore = pacing.store?.native,
        call = CallOptions(timeout, maxWait, maxRetries, headers).native(),
    )

    /** Makes [ClientOptions] from Java; each method is named for the option it sets. */
    public class Builder internal constructor() {
        private var appId = ""
        private var appSecret = ""
        private var baseUrl = ""
        private var provider: (suspend (TokenWanted) -> ProvidedToken)? = null
        private var signer: (suspend (String) -> String)? = null
        private var store: TokenStore? = null
        private var accountsUrl = ""
        private var appType = AppType.SELF_BUILT
        private var call = CallOptions()
        private var helpdesk: Helpdesk? = null
        private var proxy: Proxy? = null
        private var extraCa: String? = null
        private var http2 = true
        private var allowHttp = false
        private var maxAnswer: Long? = null
        private var pacing: Pacing = Pacing.Off
        private var onEvent: ((CallEvent) -> Unit)? = null

        /** The app id. */
        public fun appId(value: String): Builder = apply { appId = value }

        /** The app secret. */
        public fun appSecret(value: String): Builder = apply { appSecret = value }

        /** `feishu`, `lark`, or a URL. */
        public fun baseUrl(value: String): Builder = apply { baseUrl = value }

        /** The host where users sign in, if it is not the one that belongs to the base URL. */
        public fun accountsUrl(value: String): Builder = apply { accountsUrl = value }

        /** Whether the app was made for one tenant or is sold to many. */
        public fun appType(value: AppType): Builder = apply { appType = value }

        /** Gives tokens in place of the app secret. */
        public fun tokenProvider(value: Function<TokenWanted, CompletionStage<ProvidedToken>>): Builder =
            apply { provider = { wanted -> value.apply(wanted).await() } }

        /** Signs for an app without a secret: is given an audience, and gives a JWT for it. */
        public fun clientAssertion(value: Function<String, CompletionStage<String>>): Builder =
            apply { signer = { audience -> value.apply(audience).await() } }

        /** Keeps tokens besides the client: a [FileStore], a [RedisStore]. */
        public fun tokenStore(value: TokenStore): Builder = apply { store = value }

        /** Keeps tokens besides the client: a store of your own. */
        public fun tokenStore(value: BlockingTokenStore): Builder = tokenStore(Suspending(value))

        /** What every call is told. */
        public fun call(value: CallOptions): Builder = apply { call = value }

        /** The helpdesk's id and token. */
        public fun helpdesk(id: String, token: String): Builder = apply { helpdesk = Helpdesk(id, token) }

        /** Which proxy calls go through. */
        public fun proxy(value: Proxy): Builder = apply { proxy = value }

        /** Certificates, as PEM text, of authorities to trust besides the system's. */
        public fun extraCa(value: String): Builder = apply { extraCa = value }

        /** Whether futures use HTTP/2 where the server offers it. */
        public fun http2(value: Boolean): Builder = apply { http2 = value }

        /** Allows plain http to other hosts than loopback. */
        public fun allowHttp(): Builder = apply { allowHttp = true }

        /** The most bytes of an answer that is no file. */
        public fun maxAnswer(value: Long): Builder = apply { maxAnswer = value }

        /** Lets calls wait for their turn by the rates of their pages; a [RedisStore] lets a fleet count together. */
        @JvmOverloads
        public fun pacing(value: Pacing = Pacing.On): Builder = apply { pacing = value }

        /** Is told what happens in calls. */
        public fun onEvent(value: Consumer<CallEvent>): Builder = apply { onEvent = value::accept }

        /** The options. */
        public fun build(): ClientOptions = ClientOptions(
            appId = appId,
            appSecret = appSecret,
            baseUrl = baseUrl,
            accountsUrl = accountsUrl,
            appType = appType,
            tokenProvider = provider,
            clientAssertion = signer,
            tokenStore = store,
            timeout = call.timeout,
            maxWait = call.maxWait,
            maxRetries = call.maxRetries,
            headers = call.headers,
            helpdesk = helpdesk,
            proxy = proxy,
            extraCa = extraCa,
            http2 = http2,
            allowHttp = allowHttp,
            maxAnswer = maxAnswer,
            pacing = pacing,
            onEvent = onEvent,
        )
    }

    /** For Java. */
    public companion object {
        /** Begins options from Java. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/**
 * What one call, or every call of a view, is told; what is left out stays as it is. From Java: [ofMillis].
 *
 * @property timeout the longest time of one attempt; for a file the longest time without progress
 * @property maxWait the longest time of the whole call with its waits
 * @property maxRetries how often a call is sent again at most
 * @property headers further headers
 * @property idempotencyKey the key under which the platform recognises a repeated write
 */
public class CallOptions(
    public val timeout: Duration? = null,
    public val maxWait: Duration? = null,
    public val maxRetries: Int? = null,
    public val headers: Map<String, String> = emptyMap(),
    public val idempotencyKey: String? = null,
) {
    internal fun native(): io.github.larkspur.ffi.CallOptions = io.github.larkspur.ffi.CallOptions(
        timeoutMs = timeout?.let { count("timeout", it.inWholeMilliseconds) },
        maxWaitMs = maxWait?.let { count("maxWait", it.inWholeMilliseconds) },
        maxRetries = maxRetries?.let { count("maxRetries", it.toLong()).toUInt() },
        headers = headers,
        idempotencyKey = idempotencyKey,
    )

    /** For Java. */
    public companion object {
        /** From Java: times in milliseconds; null leaves an option as it is. */
        @JvmStatic
        @JvmOverloads
        public fun ofMillis(
            timeout: Long?,
            maxWait: Long?,
            maxRetries: Int?,
            headers: Map<String, String> = emptyMap(),
            idempotencyKey: String? = null,
        ): CallOptions = CallOptions(timeout?.milliseconds, maxWait?.milliseconds, maxRetries, headers, idempotencyKey)
    }
}

/** For whom an app was made. */
public enum class AppType {
    /** For the tenant that made it. */
    SELF_BUILT,

    /** For all tenants that install it from the store: its tokens come from app tickets ([Client.setAppTicket]), and each call needs a tenant. */
    STORE,
}

/** The helpdesk's own credentials. */
public class Helpdesk(internal val id: String, internal val token: String)

/** Which proxy calls go through. */
public class Proxy private constructor(internal val native: io.github.larkspur.ffi.Proxy) {
    /** The choices. */
    public companion object {
        /** None, whatever the environment says. */
        @JvmField
        public val NONE: Proxy = Proxy(io.github.larkspur.ffi.Proxy.Direct)

        /** This one: `http`, `https`, `socks5` or `socks5h`, with user and password in the URL if it needs them. */
        @JvmStatic
        public fun of(url: String): Proxy = Proxy(io.github.larkspur.ffi.Proxy.Url(url))
    }
}

internal val DEFAULT_JSON by lazy { Json { ignoreUnknownKeys = true } }

private val USER_AGENT = "kotlin/${KotlinVersion.CURRENT}"

/** The library counts from zero. */
private fun count(name: String, value: Long): ULong =
    if (value >= 0) value.toULong() else throw LarkException.Config("$name is $value; pass a number above zero", null)
