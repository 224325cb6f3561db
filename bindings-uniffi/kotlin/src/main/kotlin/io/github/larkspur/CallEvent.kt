package io.github.larkspur

import io.github.larkspur.ffi.Moment
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** One moment of a call, for logs and metrics; no body, token or secret is in it. */
public sealed class CallEvent private constructor(event: io.github.larkspur.ffi.CallEvent) {
    /** What is called, or method and path. */
    public val operation: String = event.operation

    /** The HTTP method. */
    public val method: String = event.method

    /** The path template. */
    public val path: String = event.path

    /**
     * A request goes out.
     *
     * @property attempt its number, counted from one
     */
    public class Request internal constructor(event: io.github.larkspur.ffi.CallEvent, public val attempt: Int) : CallEvent(event)

    /**
     * An answer came to a request, or none.
     *
     * @property attempt the request's number, counted from one
     * @property status the HTTP status; null when no answer came
     * @property logId the log id of the answer
     * @property took the time from request to answer
     */
    public class Response internal constructor(
        event: io.github.larkspur.ffi.CallEvent,
        public val attempt: Int,
        public val status: Int?,
        public val logId: String?,
        public val took: Duration,
    ) : CallEvent(event)

    /**
     * The call waits before it is sent again.
     *
     * @property attempt the number of the request that comes next
     * @property isRateLimit whether the platform asked for it: too many calls
     * @property wait the longest wait, with the turn that a paced call waits for behind it, as things stand
     */
    public class Retry internal constructor(
        event: io.github.larkspur.ffi.CallEvent,
        public val attempt: Int,
        public val isRateLimit: Boolean,
        public val wait: Duration,
    ) : CallEvent(event)

    /**
     * The call has come to its end.
     *
     * @property failed the [LarkException.kind] if it failed
     * @property attempts how many requests it sent, those for tokens not counted
     * @property took the time from start to end
     */
    public class Done internal constructor(
        event: io.github.larkspur.ffi.CallEvent,
        public val failed: String?,
        public val attempts: Int,
        public val took: Duration,
    ) : CallEvent(event)

    /**
     * A store cannot be used; the client goes on without it. [operation] names it: `token store` or `pacing store`.
     *
     * @property reason what it says
     */
    public class StoreFailed internal constructor(event: io.github.larkspur.ffi.CallEvent, public val reason: String) : CallEvent(event)

    /** What is called, and which moment it is. */
    override fun toString(): String = "${javaClass.simpleName}($operation)"

    internal companion object {
        fun of(event: io.github.larkspur.ffi.CallEvent): CallEvent = when (val moment = event.moment) {
            is Moment.Request -> Request(event, moment.attempt.toInt())

            is Moment.Response ->
                Response(event, moment.attempt.toInt(), moment.status?.toInt(), moment.logId, moment.tookMs.toLong().milliseconds)

            is Moment.Retry -> Retry(event, moment.attempt.toInt(), moment.isRateLimit, moment.waitMs.toLong().milliseconds)

            is Moment.StoreFailed -> StoreFailed(event, moment.reason)

            is Moment.Done -> Done(event, moment.failed, moment.attempts.toInt(), moment.tookMs.toLong().milliseconds)
        }
    }
}
