package io.github.larkspur

import io.github.larkspur.vectors.awaitTrue
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue

/** What no vector shows of bots, permissions and the file store. */
class WebhookBotTest {
    private val app = App()

    @Test
    fun `a future sends, and the address is nowhere shown`() {
        val options = ClientOptions(headers = mapOf("X-Sandbox-App" to app.id), tokenProvider = { error("a bot needs no token") })
        WebhookBot("${Sandbox.url}/open-apis/bot/v2/hook/t0ken", null, options).use { bot ->
            assertEquals("{}", bot.sendAsync(Message.text("hi")).get())
            assertFalse("t0ken" in bot.toString())
        }
        val error = assertThrows<LarkException.Config> { WebhookBot("https://open.feishu.cn/t0ken") }
        assertTrue("no address of a custom bot" in error.message.orEmpty() && "t0ken" !in error.message.orEmpty(), error.message)
    }

    @Test
    fun `a scope tells what it allows, and an unknown one the nearest`() {
        assertTrue("im.v1.message.create" in operationsOf("im:message"))
        val error = assertThrows<LarkException.Argument> { operationsOf("im:mesage") }
        assertTrue("did you mean im:message?" in error.message.orEmpty(), error.message)
        assertThrows<LarkException.Argument> { scopes(emptyList(), granted = "[]") }
    }

    @Test
    fun `a key has 32 bytes`(@TempDir folder: File) {
        val error = assertThrows<LarkException.Config> { FileStore(File(folder, "tokens"), ByteArray(16)) }
        assertTrue("key has 16 bytes" in error.message.orEmpty(), error.message)
    }

    @Test
    fun `a file of something else is named, and the call goes on`(@TempDir folder: File) {
        val file = File(folder, "tokens").apply { writeText("my thesis") }
        val events = ConcurrentLinkedQueue<CallEvent>()
        val options = ClientOptions(app.id, app.secret, Sandbox.url, tokenStore = FileStore(file), onEvent = events::add)
        Client(options).use { it.blocking.call("im.v1.chat.list") }
        awaitTrue { events.any { it is CallEvent.StoreFailed } }
        assertTrue(events.any { it is CallEvent.StoreFailed && "$file holds something else than tokens" in it.reason })
        assertEquals("my thesis", file.readText())
    }
}
