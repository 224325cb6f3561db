package io.github.larkspur

import io.github.larkspur.ffi.Asked
import io.github.larkspur.ffi.Given
import io.github.larkspur.ffi.Question
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import java.nio.charset.CharacterCodingException
import java.util.logging.Level
import java.util.logging.Logger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/**
 * Which token is wanted from a token provider.
 *
 * @property kind `tenant`, `app` or `user`
 * @property tenantKey the tenant, where the view has one
 * @property userKey the user, where the view has one
 * @property reason `first`, `expired` or `refused`
 */
public data class TokenWanted(val kind: String, val tenantKey: String?, val userKey: String?, val reason: String)

/**
 * A token that a provider gives.
 *
 * @property value the token itself
 * @property expiresAt when it expires, if that is known
 */
public class ProvidedToken @JvmOverloads constructor(public val value: String, public val expiresAt: Instant? = null)

/** Calls what the user supplied, so that no thread of the library ever does. */
internal class Providers private constructor(
    private val core: io.github.larkspur.ffi.Client,
    private val options: ClientOptions,
    private val pacing: RedisStore?,
) {
    private val scope = CoroutineScope(SupervisorJob() + THREADS + CoroutineName("larkspur"))

    private fun start() {
        // Not in the scope: they end by themselves, when all is told.
        val loops = CoroutineScope(THREADS + CoroutineName("larkspur"))
        if (options.isAsked || pacing != null) loops.launch { takeQuestions() }
        options.onEvent?.let { handler -> loops.launch { takeEvents(handler) } }
    }

    /** Ends what still runs. */
    fun stop(): Unit = scope.cancel()

    private suspend fun takeQuestions() {
        while (true) {
            val asked = core.nextAsk() ?: return
            scope.launch { give(asked.id, answer(asked)) }
        }
    }

    private fun give(id: ULong, given: Given) = try {
        core.answer(id, given)
    } catch (unwritten: CharacterCodingException) {
        core.answer(id, Given.Failed(line(unwritten)))
    }

    /** Whatever is thrown is an answer: without one, calls would wait for their deadline. */
    @Suppress("TooGenericExceptionCaught")
    private suspend fun answer(asked: Asked): Given = try {
        when (val question = asked.question) {
            is Question.Token -> token(question)
            is Question.Assertion -> assertion(question)
            is Question.Load -> load(question)
            is Question.Swap -> swap(question)
            is Question.Run -> run(question)
        }
    } catch (thrown: Throwable) {
        val store = storeOf(asked.question).takeIf { scope.isActive }
        if (store != null) LOG.log(Level.WARNING, "the $store failed; the call goes on without it", thrown)
        Given.Failed(line(thrown))
    }

    private suspend fun token(wanted: Question.Token): Given {
        val provider = options.tokenProvider ?: return Given.Failed("there is none")
        val given = provider(TokenWanted(wanted.kind, wanted.tenantKey, wanted.userKey, wanted.reason))
        return Given.Token(given.value, given.expiresAt?.toEpochMilliseconds())
    }

    private suspend fun assertion(wanted: Question.Assertion): Given {
        val signer = options.clientAssertion ?: return Given.Failed("there is none")
        return Given.Token(signer(wanted.audience), null)
    }

    private suspend fun load(asked: Question.Load): Given {
        val store = options.tokenStore ?: return Given.Failed("there is none")
        return Given.Loaded(store.load(asked.key)?.let { io.github.larkspur.ffi.StoredToken(it.value, it.version) })
    }

    private suspend fun swap(asked: Question.Swap): Given {
        val store = options.tokenStore ?: return Given.Failed("there is none")
        return Given.Swapped(store.swap(asked.key, asked.expected, asked.value, asked.ttlMs.toLong().milliseconds))
    }

    private suspend fun run(asked: Question.Run): Given {
        val store = pacing ?: return Given.Failed("there is none")
        return Given.Ran(store.run(asked.script))
    }

    @Suppress("TooGenericExceptionCaught")
    private suspend fun takeEvents(handler: (CallEvent) -> Unit) {
        while (true) {
            val event = CallEvent.of(core.nextEvent() ?: return)
            try {
                handler(event)
            } catch (thrown: Throwable) {
                LOG.log(Level.WARNING, "onEvent failed", thrown)
            }
        }
    }

    companion object {
        /** Takes questions and events until the client is closed, if the user supplied anything. */
        fun of(view: View, options: ClientOptions, pacing: Pacing = options.pacing): Providers? {
            if (!options.isAsked && pacing.store == null && options.onEvent == null) return null
            return Providers(view.core, options, pacing.store).apply { start() }
        }
    }
}

/** Whether the library has something to ask for. */
private val ClientOptions.isAsked get() = tokenProvider != null || clientAssertion != null || tokenStore != null

/** Which store a question goes to, if it goes to one. */
private fun storeOf(question: Question): String? = when (question) {
    is Question.Load, is Question.Swap -> "token store"
    is Question.Run -> "pacing store"
    else -> null
}

internal val LOG: Logger = Logger.getLogger("io.github.larkspur")

/** What was thrown, in one line. */
internal fun line(thrown: Throwable): String {
    val message = thrown.message?.lineSequence()?.first().orEmpty()
    return if (message.isEmpty()) thrown.javaClass.simpleName else "${thrown.javaClass.simpleName}: $message"
}
