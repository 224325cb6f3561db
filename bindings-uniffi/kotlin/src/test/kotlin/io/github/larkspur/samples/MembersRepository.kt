package io.github.larkspur.samples

import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.LarkException
import io.github.larkspur.Message
import io.github.larkspur.ProvidedToken
import io.github.larkspur.arguments
import io.github.larkspur.call
import io.github.larkspur.items
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlin.time.Duration.Companion.seconds

/** What the screen shows. */
sealed interface Members {
    data object Loading : Members
    data class Shown(val users: List<User>) : Members
    data class Failed(val text: String, val canRetry: Boolean) : Members
}

/** The data of one screen of an app. No app secret is in the app: the app's own backend hands out tokens. */
class MembersRepository(baseUrl: String, private val backend: suspend () -> ProvidedToken) : AutoCloseable {
    private val client = Client(ClientOptions(baseUrl = baseUrl, tokenProvider = { backend() }, maxWait = 20.seconds))
    private val state = MutableStateFlow<Members>(Members.Loading)

    val members: StateFlow<Members> = state.asStateFlow()

    /** Everybody in a department, page by page as the list is scrolled. */
    fun everybody(department: String): Flow<User> =
        client.items("contact.v3.user.findByDepartment", arguments("department_id" to department, "page_size" to 50))

    /** Loads the first screen. */
    suspend fun load(department: String) {
        state.value = Members.Loading
        state.value = try {
            Members.Shown(everybody(department).take(20).toList())
        } catch (error: LarkException.Transport) {
            Members.Failed("you seem to be offline", canRetry = true)
        } catch (error: LarkException) {
            Members.Failed(error.message.orEmpty(), error.isRetryable)
        }
    }

    /** Greets a member; leaving the screen cancels the call. */
    suspend fun greet(user: User): String {
        val message = arguments("receive_id_type" to "open_id", "receive_id" to user.openId, "content" to Message.text("hello"))
        return client.call<Sent>("im.v1.message.create", message).messageId
    }

    override fun close() = client.close()
}
