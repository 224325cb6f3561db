package io.github.larkspur

import io.github.larkspur.ffi.FfiException
import io.github.larkspur.ffi.Reason
import java.nio.charset.CharacterCodingException
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * A failed call. [message] is one short line: what was called, what the platform says, what to do, the log id; nothing in it is secret.
 *
 * Offline is [Connect]; what the server says is [Api] and, from a gateway in between, [Http]. A cancelled call throws [CancellationException].
 */
public sealed class LarkException private constructor(
    message: String,
    cause: Throwable?,
    private val reason: Reason?,
) : RuntimeException(message, cause) {
    /** The name of the class in all languages: `RateLimited`, `ConfigError`, … */
    public val kind: String get() = reason?.category ?: "ConfigError"

    /** What was called, or method and path. */
    public val operation: String? get() = reason?.operation

    /** How many requests the call sent, those for tokens not counted. */
    public val attempts: Int get() = reason?.attempts?.toInt() ?: 0

    /** Whether the same call may succeed later. */
    public val isRetryable: Boolean get() = reason?.retryable ?: false

    /** How long to wait before that, if the platform says so. */
    public val retryAfter: Duration? get() = reason?.retryAfterMs?.toLong()?.milliseconds

    /** [retryAfter] in milliseconds, for Java. */
    public val retryAfterMillis: Long? get() = retryAfter?.inWholeMilliseconds

    /** What was answered, if an answer came. */
    public val answer: Refusal? = reason?.refusal?.let(::Refusal)

    /** The HTTP status, if an answer came. */
    public val status: Int? get() = answer?.status

    /** The platform's code, if an answer came; zero when it was no envelope. */
    public val code: Long? get() = answer?.code

    /** The log id to quote to the platform's support. */
    public val logId: String? get() = answer?.logId

    /** The scopes to ask for. */
    public val missingScopes: List<String> get() = answer?.missingScopes.orEmpty()

    private constructor(reason: Reason) : this(reason.line, null, reason)

    private constructor(message: String, cause: Throwable?) : this(message, cause, null)

    /** An option of the client is missing or wrong, the view cannot make this call, or the native library does not load. */
    public class Config : LarkException {
        internal constructor(reason: Reason) : super(reason)
        internal constructor(message: String, cause: Throwable?) : super(message, cause)
    }

    /** The catalogue has no such operation; the nearest name is told. */
    public class UnknownOperation internal constructor(reason: Reason) : LarkException(reason)

    /** An argument is unknown, missing, or cannot be encoded. */
    public class Argument : LarkException {
        internal constructor(reason: Reason) : super(reason)
        internal constructor(reason: Reason, cause: Throwable) : super(reason.line, cause, reason)
    }

    /** No answer came: the way to the server broke. */
    public open class Transport internal constructor(reason: Reason) : LarkException(reason)

    /** Time ran out. */
    public class Timeout internal constructor(reason: Reason) : Transport(reason)

    /** No connection: offline, airplane mode, a name that cannot be looked up, nobody who listens. */
    public class Connect internal constructor(reason: Reason) : Transport(reason)

    /** The certificate or the handshake. */
    public class Tls internal constructor(reason: Reason) : Transport(reason)

    /** An answer that is no envelope: a gateway's page. */
    public class Http internal constructor(reason: Reason) : LarkException(reason)

    /** An answer that cannot be read, or not as the type that was asked for. */
    public class Decode : LarkException {
        internal constructor(reason: Reason) : super(reason)
        internal constructor(reason: Reason, cause: Throwable) : super(reason.line, cause, reason)
    }

    /** The platform refused. */
    public open class Api internal constructor(reason: Reason) : LarkException(reason)

    /** The app's or the user's credentials. */
    public open class Auth internal constructor(reason: Reason) : Api(reason)

    /** The user must sign in again, on the page [url] if it is known. */
    public class ReauthorizationRequired internal constructor(reason: Reason) : Auth(reason) {
        /** Where the user is sent. */
        public val url: String? = reason.authorizeUrl
    }

    /** A scope or a right is missing: see [missingScopes], of which any one is enough. */
    public class PermissionDenied internal constructor(reason: Reason) : Api(reason) {
        /** The page of the developer console where one applies for the scope. */
        public val applyUrl: String? = reason.applyUrl

        /** The text that the console imports: the scope that allows least. */
        public val importText: String? = reason.importText
    }

    /** The platform refused an argument: see [Refusal.fieldViolations]. */
    public class InvalidRequest internal constructor(reason: Reason) : Api(reason)

    /** What was asked for does not exist. */
    public class NotFound internal constructor(reason: Reason) : Api(reason)

    /** Too many calls: see [retryAfter]. */
    public class RateLimited internal constructor(reason: Reason) : Api(reason)

    /** A daily or monthly allowance is used up. */
    public class QuotaExceeded internal constructor(reason: Reason) : Api(reason)

    /** The platform is busy or has a fault. */
    public class Unavailable internal constructor(reason: Reason) : Api(reason)

    /** The same idempotency key with other contents. */
    public class IdempotencyConflict internal constructor(reason: Reason) : Api(reason)

    internal companion object {
        fun of(reason: Reason): LarkException = when (reason.category) {
            "ConfigError" -> Config(reason)
            "UnknownOperation" -> UnknownOperation(reason)
            "ArgumentError" -> Argument(reason)
            "TimeoutError" -> Timeout(reason)
            "ConnectError" -> Connect(reason)
            "TlsError" -> Tls(reason)
            "HttpError" -> Http(reason)
            "DecodeError" -> Decode(reason)
            "AuthError" -> Auth(reason)
            "ReauthorizationRequired" -> ReauthorizationRequired(reason)
            "PermissionDenied" -> PermissionDenied(reason)
            "InvalidRequest" -> InvalidRequest(reason)
            "NotFound" -> NotFound(reason)
            "RateLimited" -> RateLimited(reason)
            "QuotaExceeded" -> QuotaExceeded(reason)
            "Unavailable" -> Unavailable(reason)
            "IdempotencyConflict" -> IdempotencyConflict(reason)
            "TransportError" -> Transport(reason)
            else -> Api(reason)
        }

        fun unwritten(cause: CharacterCodingException): LarkException {
            val line = "a text holds half of a surrogate pair, which is no character; leave it out"
            return Argument(Reason("ArgumentError", line, null, 0u, false, null, null, null, null, null), cause)
        }

        fun undecodable(operation: String, what: String, cause: Throwable): LarkException {
            val told = cause.message?.lineSequence()?.first().orEmpty()
            val line = "$operation: the answer is no $what: $told; read it as JsonObject to see what it is"
            return Decode(Reason("DecodeError", line, operation, 0u, false, null, null, null, null, null), cause)
        }
    }
}

/** What the platform answered when it refused. */
public class Refusal internal constructor(refusal: io.github.larkspur.ffi.Refusal) {
    /** The HTTP status. */
    public val status: Int = refusal.status.toInt()

    /** The headers by their names in lower case, without cookies. */
    public val headers: Map<String, String> = refusal.headers

    /** The platform's code; zero when the body was no envelope. */
    public val code: Long = refusal.code

    /** The platform's message, or the first bytes of a body that is no envelope. */
    public val msg: String = refusal.msg

    /** The log id to quote to the platform's support. */
    public val logId: String? = refusal.logId

    /** The page that explains the error. */
    public val troubleshooter: String? = refusal.troubleshooter

    /** The arguments that the platform refused. */
    public val fieldViolations: List<FieldViolation> = refusal.fieldViolations.map { FieldViolation(it.field, it.value, it.description) }

    /** The permissions that are missing, as the platform lists them. */
    public val permissionViolations: List<PermissionViolation> =
        refusal.permissionViolations.map { PermissionViolation(it.kind, it.scope, it.description, it.url) }

    /** The scopes to ask for, taken from the violations. */
    public val missingScopes: List<String> = refusal.missingScopes

    /** Pages that help. */
    public val helps: List<Help> = refusal.helps.map { Help(it.url, it.description) }

    /** Further keys and values. */
    public val details: Map<String, String> = refusal.details

    /** The JSON text of `data`, where the refusal has one. */
    public val data: String? = refusal.data
}

/**
 * An argument that the platform refused.
 *
 * @property field which
 * @property value its value
 * @property description what is wrong with it
 */
public data class FieldViolation(val field: String, val value: String, val description: String)

/**
 * A permission that is missing.
 *
 * @property kind its kind (`action_scope_required`)
 * @property scope the scope
 * @property description what the platform says
 * @property url the page to ask for it
 */
public data class PermissionViolation(val kind: String, val scope: String, val description: String, val url: String)

/**
 * A page that helps.
 *
 * @property url the page
 * @property description what it is about
 */
public data class Help(val url: String, val description: String)

/** Runs what calls the library, its errors turned into the language's. */
internal inline fun <T> told(block: () -> T): T = try {
    block()
} catch (failed: FfiException.Failed) {
    throw LarkException.of(failed.reason)
} catch (cancelled: FfiException.Cancelled) {
    throw CancellationException("the call was cancelled", cancelled)
} catch (unwritten: CharacterCodingException) {
    throw LarkException.unwritten(unwritten)
}
