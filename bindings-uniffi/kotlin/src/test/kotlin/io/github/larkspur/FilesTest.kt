package io.github.larkspur

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

class FilesTest {
    private val app = App()
    private val content = ByteArray(300_000) { (it * 31).toByte() }

    @TempDir
    lateinit var folder: Path

    @Test
    fun `bytes and files go up, and come down as they were`(): Unit = app.client().use { client ->
        val file = folder.resolve("报告.pdf").toFile().apply { writeBytes(content) }
        for (upload in listOf(Upload(file), Upload(content, "报告.pdf"))) {
            val arguments = arguments("file_type" to "pdf", "file_name" to "报告.pdf")
            val key = runBlocking { client.call<JsonObject>("im.v1.file.create", arguments, mapOf("file" to upload)) }.text("file_key")
            val parts = app.calls().last { it.text("method") == "POST" }
            assertTrue("300000" in parts.toString(), parts.toString())
            runBlocking {
                client.download("im.v1.file.get", """{"file_key":"$key"}""").use { download ->
                    assertEquals(300_000, download.size)
                    assertArrayEquals(content, download.bytes())
                }
            }
        }
    }

    @Test
    fun `a file that is not there is refused before the network`(): Unit = app.client().use { client ->
        val gone = mapOf("file" to Upload(File("nowhere.pdf")))
        val error = assertThrows<LarkException.Argument> { client.call("im.v1.file.create", """{"file_type":"pdf","file_name":"a"}""", gone) }
        assertTrue("file: nowhere.pdf cannot be uploaded" in error.message.orEmpty(), error.message)
        assertTrue(app.requests().isEmpty())
    }

    @Test
    fun `a download that breaks is gone on with`(): Unit = app.client().use { client ->
        val key = place(3_000_000)
        val target = folder.resolve("file.bin").toFile()
        val arguments = """{"file_key":"$key"}"""
        app.fault("operation" to JsonPrimitive("im.v1.file.get"), "then" to json("""{"cut":"rst","after_bytes":1000000}"""))
        val patience = CallOptions(maxRetries = 0)
        assertThrows<LarkException.Transport> { client.download("im.v1.file.get", arguments, patience).use { it.save(target) } }
        assertFalse(target.exists())
        val part = folder.toFile().listFiles().orEmpty().single { it.name.endsWith(".part") }
        assertTrue(part.length() in 1..2_999_999, "${part.length()} bytes")
        runBlocking { client.download("im.v1.file.get", arguments).use { it.save(target) } }
        assertTrue(app.calls().last().getValue("headers").toString().contains("\"range\":\"bytes="))
        assertEquals(3_000_000, target.length())
        assertEquals(expected(3_000_000), target.readBytes().contentHashCode())
        assertTrue(folder.toFile().listFiles().orEmpty().none { it.name.endsWith(".part") })
    }

    @Test
    fun `closing a download ends it, and it says so`(): Unit = app.client().use { client ->
        val key = place(20_000_000)
        runBlocking {
            val download = client.download("im.v1.file.get", """{"file_key":"$key"}""", CallOptions(timeout = 5.seconds))
            assertTrue(download.chunks().first().isNotEmpty())
            download.close()
            val error = assertThrows<LarkException.Argument> { download.bytes() }
            assertTrue("the download is closed" in error.message.orEmpty(), error.message)
        }
    }

    private fun place(size: Int) =
        app.post("files", "kind" to JsonPrimitive("file"), "size" to JsonPrimitive(size), "name" to JsonPrimitive("file.bin")).text("key")

    private fun expected(size: Int) = java.net.URI("${Sandbox.url}/__sandbox/blob/$size").toURL().readBytes().contentHashCode()
}
