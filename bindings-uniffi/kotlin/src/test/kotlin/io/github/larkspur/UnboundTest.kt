package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.startCoroutine

/** Callers who are bound to no threads go on where they may wait for another call. */
class UnboundTest {
    private val app = App()

    @Test
    fun `a suspending main may wait for a future after a call`(): Unit = app.client().use { client ->
        main { waitAfter(client) { client.call(LIST, DEPARTMENT) } }
        main { client.pages(LIST, DEPARTMENT).collect { waitAfter(client) {} } }
        main { client.download("im.v1.file.get", """{"file_key":"${file()}"}""").use { it.chunks().collect { waitAfter(client) {} } } }
    }

    @Test
    fun `so may an unconfined coroutine`(): Unit = app.client().use { client ->
        main { withContext(Dispatchers.Unconfined) { waitAfter(client) { client.callRaw(LIST, DEPARTMENT) } } }
    }

    private suspend fun waitAfter(client: Client, work: suspend () -> Unit) {
        work()
        assertTrue("items" in client.futures.call(LIST, DEPARTMENT).get(10, TimeUnit.SECONDS))
    }

    /** As `suspend fun main` runs. */
    private fun main(program: suspend () -> Unit) {
        val ended = CompletableFuture<Unit>()
        program.startCoroutine(Continuation(EmptyCoroutineContext) { result -> result.fold(ended::complete, ended::completeExceptionally) })
        ended.get(60, TimeUnit.SECONDS)
    }

    private fun file() =
        app.post("files", "kind" to JsonPrimitive("file"), "size" to JsonPrimitive(9_000), "name" to JsonPrimitive("a.bin")).text("key")
}
