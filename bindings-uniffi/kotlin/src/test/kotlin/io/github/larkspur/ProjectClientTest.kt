package io.github.larkspur

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Against the sandbox, which has work items with a memory. */
class ProjectClientTest {
    private val app = App()

    @Test
    fun `a work item is made, moved, found and commented`(): Unit = client().use { project ->
        runBlocking {
            val story = project.call<JsonPrimitive>("work_item.create", STORY).long
            val path = arguments("project_key" to "p1", "work_item_type_key" to "story", "work_item_id" to story)
            assertEquals("", project.call("workflow.operateNode", (path + arguments("node_id" to "draft", "action" to "confirm")).text()))
            val flow = project.call<JsonObject>("workflow.query", JsonObject(path + arguments("flow_type" to 0)))
            assertEquals(listOf("3", "2", "1"), flow.getValue("workflow_nodes").jsonArray.map { it.jsonObject.text("status") })
            project.call("work_item_comment.create", (path + arguments("content" to "done")).text())
            assertEquals(listOf("done"), project.items<JsonObject>("work_item_comment.list", path).toList().map { it.text("content") })
            val early = (path + arguments("node_id" to "release", "action" to "confirm")).text()
            assertEquals(20016L to 1, assertThrows<LarkException.Api> { project.call("workflow.operateNode", early) }.let { it.code to it.attempts })
        }
    }

    @Test
    fun `a call goes out with the plugin's token, its user and a string of its own`(): Unit = client().use { project ->
        val id = project.blocking.call("workItem.create", STORY.toString())
        assertTrue(id.toLong() > 0)
        assertEquals(listOf("/open_api/authen/plugin_token", "/open_api/p1/work_item/create"), app.requests().map { it.text("path") })
        val headers = app.requests().last().getValue("headers").jsonObject
        assertEquals("7000001", headers.text("x-user-key"))
        assertNotNull(headers["x-idem-uuid"])
    }

    @Test
    fun `a name of the other family is unknown, and the nearest is told`(): Unit = client().use { project ->
        val error = assertThrows<LarkException.UnknownOperation> { project.call("workItem.creat", "{}") }
        assertTrue("did you mean" in error.message.orEmpty(), error.message)
        assertThrows<LarkException.UnknownOperation> { project.call(GET, ID) }
        assertTrue(app.requests().isEmpty())
    }

    @Test
    fun `what cannot be is refused before the network, and no secret is printed`(): Unit = client(userKey = "").use { project ->
        val error = assertThrows<LarkException.Config> { project.call("work_item.create", STORY.toString()) }
        assertTrue("user_key" in error.message.orEmpty(), error.message)
        val empty = assertThrows<LarkException.Config> { ProjectClient(ProjectOptions("MII_1", " ")).close() }
        assertTrue("plugin_secret is empty" in empty.message.orEmpty(), empty.message)
        assertTrue(app.secret !in options("").toString())
        assertTrue(app.requests().isEmpty())
    }

    private fun client(userKey: String = "7000001") = ProjectClient(options(userKey))

    private fun options(userKey: String) = ProjectOptions(app.id, app.secret, userKey, common = ClientOptions(baseUrl = Sandbox.url))

    private fun Map<String, JsonElement>.text() = JsonObject(this).toString()

    private companion object {
        val STORY = arguments("project_key" to "p1", "work_item_type_key" to "story", "name" to "Login page")
    }
}
