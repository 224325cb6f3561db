package io.github.larkspur

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.ByteArrayInputStream
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

class UploadStreamTest {
    private val app = App()
    private val content = ByteArray(700_000) { (it % 251).toByte() }

    @Test
    fun `a stream goes up, of known length and of unknown, suspending and blocking`(): Unit = app.client().use { client ->
        for (length in listOf(content.size.toLong(), null)) {
            val suspended = runBlocking { client.call(CREATE_FILE, ARGUMENTS, upload(ByteArrayInputStream(content), length)) }
            val blocked = client.blocking.call(CREATE_FILE, ARGUMENTS, upload(ByteArrayInputStream(content), length))
            for (sent in listOf(suspended, blocked)) {
                val key = Json.parseToJsonElement(sent).jsonObject.text("file_key")
                val arguments = """{"file_key":"$key"}"""
                val back = runBlocking { client.download("im.v1.file.get", arguments).use { it.bytes() } }
                assertEquals(content.contentHashCode(), back.contentHashCode())
            }
        }
        assertNobodyReads()
    }

    @Test
    fun `what a stream throws ends the call, and is told`(): Unit = app.client().use { client ->
        for (thrown in listOf(IOException("the card is gone"), StackOverflowError("too deep"))) {
            val error = assertThrows<LarkException> { client.call(CREATE_FILE, ARGUMENTS, upload(Broken(thrown), null)) }
            assertTrue("${thrown.javaClass.simpleName}: ${thrown.message}" in error.message.orEmpty(), error.message)
        }
        assertNobodyReads()
    }

    @Test
    fun `a stream is sent once`(): Unit = app.client().use { client ->
        val upload = upload(ByteArrayInputStream(content), null)
        runBlocking { client.call(CREATE_FILE, ARGUMENTS, upload) }
        val error = assertThrows<LarkException.Argument> { client.call(CREATE_FILE, ARGUMENTS, upload) }
        assertTrue("file: the stream was sent already; open it again" in error.message.orEmpty(), error.message)
        assertNobodyReads()
    }

    @Test
    fun `a call that is refused or cancelled lets go of its stream`(): Unit = SilentServer().use { server ->
        Client(App().options(server.url)).use { client ->
            val user = client.asUser(token = "u-1")
            val refused = Endless()
            assertThrows<LarkException.UnknownOperation> { user.call("im.v1.file.creat", ARGUMENTS, upload(refused, null)) }
            assertTrue(refused.closed.await(1, TimeUnit.SECONDS), "the stream is open after a refusal")
            val sent = Endless()
            runBlocking(Dispatchers.Default) {
                val call = launch { user.call(CREATE_FILE, ARGUMENTS, upload(sent, null)) }
                server.request()
                call.cancelAndJoin()
            }
            assertTrue(sent.closed.await(1, TimeUnit.SECONDS), "the stream is open after a cancellation")
        }
        assertNobodyReads()
    }

    private fun upload(stream: InputStream, length: Long?) = mapOf("file" to Upload(stream, "a.pdf", length))

    /** Streams are read by threads of their own. */
    private fun assertNobodyReads() {
        val end = System.nanoTime() + 1_000_000_000
        val readers = { Thread.getAllStackTraces().keys.filter { it.name == "larkspur-upload" } }
        while (readers().isNotEmpty() && System.nanoTime() < end) Thread.sleep(5)
        assertEquals(emptyList<Thread>(), readers())
    }

    private class Broken(private val thrown: Throwable) : InputStream() {
        override fun read(): Int = throw thrown

        override fun read(room: ByteArray, start: Int, length: Int): Int = throw thrown
    }

    private class Endless : InputStream() {
        val closed = CountDownLatch(1)

        override fun read(): Int = 7

        override fun close() = closed.countDown()
    }

    private companion object {
        const val CREATE_FILE = "im.v1.file.create"
        const val ARGUMENTS = """{"file_type":"pdf","file_name":"a.pdf"}"""
    }
}
