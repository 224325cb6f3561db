package io.github.larkspur

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class PacingTest {
    @Test
    fun `a call beyond the rate of its page waits until the second is over`() {
        val app = App()
        app.script(List(6) { json("""{"body": {"code": 0, "msg": "ok", "data": {}}}""") })
        val options = ClientOptions.builder().appId(app.id).appSecret(app.secret).baseUrl(Sandbox.url).pacing().build()
        Client(options).use { client -> runBlocking { List(6) { async { client.call("im.v2.tag.list", """{"ids":["1"]}""") } }.awaitAll() } }
        val times = app.calls().map { it.getValue("time_ms").jsonPrimitive.long }.sorted()
        assertEquals(6, times.size)
        // Five a second is what the page allows.
        assertTrue(times[5] - times[0] >= 900, "$times")
    }
}
