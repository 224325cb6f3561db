package io.github.larkspur

import io.github.larkspur.ffi.Target
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull
import java.util.concurrent.CompletableFuture
import kotlin.time.Instant

/** Users who sign in: `client.oauth`. Their tokens stay inside the client and its store, and are renewed there. */
public class OAuth internal constructor(private val client: Client) {
    /**
     * The page to send a user to, with a fresh state. Nothing is sent.
     *
     * @param redirectUri where the user comes back to with a code; registered in the developer console
     * @param scopes what the app may do for the user; `offline_access`, without which no token can be renewed, is added
     * @param pkce whether only who has the verifier can exchange the code
     */
    @JvmOverloads
    public fun authorize(redirectUri: String, scopes: List<String> = emptyList(), pkce: Boolean = false): Authorization =
        told { client.core.authorize(redirectUri, scopes, pkce) }.let { Authorization(it.url, it.state, it.codeVerifier) }

    /**
     * Buys a user's tokens for the code that came to [redirectUri], and keeps them. In Feishu Project the code comes from the front end, and is
     * all that is passed.
     *
     * @throws LarkException.ReauthorizationRequired for a code that is old or spent
     */
    public suspend fun exchange(code: String, redirectUri: String = "", codeVerifier: String? = null): SignedInUser =
        SignedInUser.of(client.call(signIn(code, redirectUri, codeVerifier)))

    /** Begins the sign-in of a user who has a browser elsewhere. */
    public suspend fun device(scopes: List<String> = emptyList()): DeviceFlow =
        DeviceFlow(client, told { awaited { client.core.device(scopes, null) } })

    /** Takes back the tokens of a user, at the platform and here; whoever has none is signed out already. */
    public suspend fun revoke(key: String) {
        client.call(signOut(key))
    }

    internal companion object {
        fun signIn(code: String, redirectUri: String, codeVerifier: String?): Call = Call(Target.SignIn(code, redirectUri, codeVerifier))

        fun signOut(key: String): Call = Call(Target.SignOut(key))
    }
}

/**
 * Where a user is sent to sign in.
 *
 * @property url the page
 * @property state what comes back with the code: compare it with what you kept in the user's session
 * @property codeVerifier a secret to be kept in the user's session until the code is exchanged; only where it was asked for
 */
public class Authorization internal constructor(public val url: String, public val state: String, public val codeVerifier: String?) {
    /** Without the verifier. */
    override fun toString(): String = "Authorization(url=$url)"
}

/** A sign-in that waits for its user, who has a browser elsewhere. */
public class DeviceFlow internal constructor(private val client: Client, private val device: io.github.larkspur.ffi.Device) {
    /** The page where the user signs in. */
    public val url: String = device.url()

    /** What the user types there. */
    public val userCode: String = device.userCode()

    /** Until when. */
    public val expiresAt: Instant = Instant.fromEpochMilliseconds(device.expiresAtMs())

    /** Waits until the user has signed in, and keeps the tokens. */
    public suspend fun wait(): SignedInUser = SignedInUser.of(client.call(call()))

    /** As [wait], on this thread. */
    @Throws(InterruptedException::class)
    public fun waitBlocking(): SignedInUser = SignedInUser.of(client.blocking.made(call()))

    /** As [wait], as a future; cancelling it ends the wait. */
    public fun waitAsync(): CompletableFuture<SignedInUser> = client.futures.started { wait() }

    private fun call() = Call(Target.DeviceSignIn(device))
}

/**
 * A user who has signed in.
 *
 * @property key for [Client.asUser]
 * @property openId the user's open id; empty in Feishu Project, where [key] is the user key
 * @property expiresAt when the token expires; it is renewed by itself
 * @property refreshExpiresAt until when it can be renewed; null if it cannot
 * @property scopes what the user has granted; none in Feishu Project
 */
public class SignedInUser internal constructor(
    public val key: String,
    public val openId: String,
    public val expiresAt: Instant,
    public val refreshExpiresAt: Instant?,
    public val scopes: List<String>,
) {
    /** The key and the times. */
    override fun toString(): String = "SignedInUser(key=$key, expiresAt=$expiresAt, refreshExpiresAt=$refreshExpiresAt)"

    internal companion object {
        /** Reads what the library answers. */
        fun of(data: String): SignedInUser {
            val user = Json.parseToJsonElement(data) as JsonObject
            val part = { name: String -> user.getValue(name).jsonPrimitive }
            return SignedInUser(
                part("key").content,
                user["open_id"]?.jsonPrimitive?.content.orEmpty(),
                Instant.fromEpochMilliseconds(part("expires_at").long),
                part("refresh_expires_at").longOrNull?.let(Instant::fromEpochMilliseconds),
                user["scopes"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content },
            )
        }
    }
}
