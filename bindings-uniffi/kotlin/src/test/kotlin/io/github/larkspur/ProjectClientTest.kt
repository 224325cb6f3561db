package io.github.larkspur

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.CopyOnWriteArrayList

class ProjectClientTest {
    @Test
    fun `a call goes out with the plugin's token and its user`(): Unit = Plugins().use { plugins ->
        ProjectClient(options(plugins.url)).use { project ->
            val id = runBlocking { project.call<JsonPrimitive>("work_item.create", STORY) }
            assertEquals("7389012345678901234", id.content)
            assertEquals("7389012345678901234", project.blocking.call("workItem.create", STORY.toString()))
        }
        assertEquals(listOf(TOKEN, CREATE_ITEM, CREATE_ITEM), plugins.seen.map { it.path })
        val call = plugins.seen[1]
        assertEquals(listOf("p-1", "7000001"), listOf("x-plugin-token", "x-user-key").map(call.headers::get))
        assertNotNull(call.headers["x-idem-uuid"])
        assertEquals("""{"work_item_type_key":"story","name":"Login page"}""", call.body)
    }

    @Test
    fun `a name of the other family is unknown, and the nearest is told`(): Unit = Plugins().use { plugins ->
        ProjectClient(options(plugins.url)).use { project ->
            val error = assertThrows<LarkException.UnknownOperation> { project.call("workItem.creat", "{}") }
            assertTrue("did you mean" in error.message.orEmpty(), error.message)
            assertThrows<LarkException.UnknownOperation> { project.call(GET, ID) }
        }
        assertEquals(0, plugins.seen.size)
    }

    @Test
    fun `what cannot be is refused before the network, and no secret is printed`(): Unit = Plugins().use { plugins ->
        val nobody = ProjectOptions("MII_1", "s3cret", common = ClientOptions(baseUrl = plugins.url))
        ProjectClient(nobody).use { project ->
            val error = assertThrows<LarkException.Config> { project.call("work_item.create", STORY.toString()) }
            assertTrue("user_key" in error.message.orEmpty(), error.message)
        }
        val empty = assertThrows<LarkException.Config> { ProjectClient(ProjectOptions("MII_1", " ")).close() }
        assertTrue("plugin_secret is empty" in empty.message.orEmpty(), empty.message)
        assertTrue("s3cret" !in nobody.toString())
        assertEquals(0, plugins.seen.size)
    }

    private fun options(url: String) = ProjectOptions("MII_1", "s3cret", userKey = "7000001", common = ClientOptions(baseUrl = url))

    private class Seen(val path: String, val headers: Map<String, String>, val body: String)

    /** Gives tokens and creates work items. */
    private class Plugins : AutoCloseable {
        val seen = CopyOnWriteArrayList<Seen>()
        private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        val url = "http://127.0.0.1:${server.address.port}"

        init {
            server.createContext("/") { exchange -> answer(exchange) }
            server.start()
        }

        override fun close() = server.stop(0)

        private fun answer(exchange: HttpExchange) {
            val path = exchange.requestURI.path
            val headers = exchange.requestHeaders.entries.associate { (name, values) -> name.lowercase() to values.first() }
            seen += Seen(path, headers, exchange.requestBody.readBytes().decodeToString())
            val data = if (path == TOKEN) """{"token":"p-1","expire_time":7200}""" else "7389012345678901234"
            val end = if (path == TOKEN) """"error":{"code":0,"msg":"success"}}""" else """"err":{},"err_code":0,"err_msg":""}"""
            val body = """{"data":$data,$end"""
            exchange.responseHeaders.add("Content-Type", "application/json")
            exchange.sendResponseHeaders(200, body.length.toLong())
            exchange.responseBody.use { it.write(body.encodeToByteArray()) }
        }
    }

    private companion object {
        const val TOKEN = "/open_api/authen/plugin_token"
        const val CREATE_ITEM = "/open_api/p1/work_item/create"
        val STORY = arguments("project_key" to "p1", "work_item_type_key" to "story", "name" to "Login page")
    }
}
