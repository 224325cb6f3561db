package io.github.larkspur

import io.github.larkspur.vectors.awaitTrue
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

class PacingTest {
    private val app = App()
    private val shared get() = RedisStore("pace:${app.id}:") { script, keys, arguments -> Redis.eval(script, keys, arguments) }

    @Test
    fun `a call beyond the rate of its page waits until the second is over`() {
        app.script(List(6) { json("""{"body": {"code": 0, "msg": "ok", "data": {}}}""") })
        val options = ClientOptions.builder().appId(app.id).appSecret(app.secret).baseUrl(Sandbox.url).pacing().build()
        Client(options).use { client -> runBlocking { List(6) { async { client.call("im.v2.tag.list", """{"ids":["1"]}""") } }.awaitAll() } }
        val times = app.calls().map { it.getValue("time_ms").jsonPrimitive.long }.sorted()
        assertEquals(6, times.size)
        // Five a second is what the page allows.
        assertTrue(times[5] - times[0] >= 900, "$times")
    }

    @Test
    fun `two clients of a plugin keep its rate over one Redis`() {
        // Fifteen a second: the last of sixty goes after three.
        keeps("/work_item/create", 60, 3, List(2) { project(shared) }) { it.call("work_item.create", STORY) }
    }

    @Test
    fun `two clients of an app keep its rate over one Redis`() {
        app.post("limits", "operation" to JsonPrimitive("im.v1.chat.list"), "limit" to JsonPrimitive(50), "window_ms" to JsonPrimitive(1000))
        val options = ClientOptions.builder().appId(app.id).appSecret(app.secret).baseUrl(Sandbox.url).pacing(shared).build()
        keeps("/im/v1/chats", 150, 2, List(2) { Client(options) }) { it.call("im.v1.chat.list") }
    }

    @Test
    fun `a Redis that is away is told once, and calls go on`() {
        val told = ConcurrentLinkedQueue<String>()
        val away = RedisStore { _, _, _ -> error("nobody is there") }
        val onEvent = { event: CallEvent -> if (event is CallEvent.StoreFailed) told += "${event.operation}: ${event.reason}" }
        project(away, onEvent).use { client ->
            runBlocking { repeat(3) { client.call("work_item.create", STORY) } }
            awaitTrue { told.isNotEmpty() }
        }
        assertEquals(listOf("pacing store: Config: the Redis cannot be asked (IllegalStateException)"), told.toList())
    }

    private fun project(pacing: Pacing, onEvent: ((CallEvent) -> Unit)? = null): Client {
        val common = ClientOptions(baseUrl = Sandbox.url, onEvent = onEvent)
        return ProjectClient(ProjectOptions(app.id, app.secret, "7000001", pacing = pacing, common = common))
    }

    /**
     * Makes calls at once, which cannot all be answered before so many seconds. A machine that stands still for a moment costs a turn, and with it
     * a second, so it is measured up to three times; what is wrong costs it each time.
     */
    private fun keeps(path: String, calls: Int, seconds: Int, clients: List<Client>, call: suspend (Client) -> Unit) {
        runBlocking { clients.forEach { it.token() } }
        repeat(RUNS) { run ->
            val before = sent(path).size
            val late = lateness { runBlocking { List(calls) { number -> async { call(clients[number % clients.size]) } }.awaitAll() } }
            val sent = sent(path).drop(before)
            val times = sent.map { it.getValue("time_ms").jsonPrimitive.long }
            val (took, refused) = times.max() - times.min() to sent.count { it.text("status") == "429" }
            assertEquals(calls, sent.count { it.text("status") == "200" })
            assertTrue(took >= seconds * 1000 - 5, "$took ms")
            if (refused == 0 && took <= seconds * 1150 + 200) return clients.forEach(Client::close)
            assertTrue(run + 1 < RUNS || late >= DISTURBED, "$refused refused, $took ms, though the machine was $late ms late at worst")
            assertTrue(refused <= calls / 5, "$refused refused")
            // What the platform counts is over, and so is what was learnt of it.
            Thread.sleep(1200)
        }
        clients.forEach(Client::close)
    }

    private fun sent(path: String): List<JsonObject> = app.requests().filter { it.text("path").endsWith(path) }

    private companion object {
        const val RUNS = 3

        /** A machine that lets threads go on so many milliseconds late may be slow to ask the Redis too, or late for a turn, which is lost then. */
        const val DISTURBED = 10
        val STORY = arguments("project_key" to "p1", "work_item_type_key" to "story", "name" to "Login page").toString()
    }
}

/** By how many milliseconds this machine lets a thread go on too late at worst while the work is done. */
private fun lateness(work: () -> Unit): Long {
    val worst = AtomicLong()
    val watch = thread {
        try {
            while (true) {
                val began = System.nanoTime()
                Thread.sleep(5)
                worst.accumulateAndGet((System.nanoTime() - began) / 1_000_000 - 5, ::maxOf)
            }
        } catch (_: InterruptedException) {
            // The work is done.
        }
    }
    try {
        work()
    } finally {
        watch.interrupt()
        watch.join()
    }
    return worst.get()
}
