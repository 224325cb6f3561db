package io.github.larkspur

import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class TypedTest {
    private val app = App()

    @Serializable
    data class Sent(@SerialName("message_id") val messageId: String)

    @Serializable
    data class Wide(val id: Long, val ids: List<Long> = emptyList())

    @Serializable
    data class User(@SerialName("open_id") val openId: String, val name: String)

    @Serializable
    data class Strict(val id: Long) {
        init {
            require(id > 0) { "id is $id" }
        }
    }

    @Serializable
    data class Listing(@SerialName("department_id") val department: String, @SerialName("page_size") val pageSize: Int)

    @Test
    fun `an answer becomes a class`(): Unit = app.client().use { client ->
        runBlocking {
            val hello = arguments("receive_id_type" to "chat_id", "receive_id" to "oc_1", "content" to Message.text("hello"))
            val sent = client.call<Sent>(CREATE, hello)
            assertTrue(sent.messageId.startsWith("om_"))
            val raw = client.call<JsonObject>(GET, arguments("message_id" to sent.messageId))
            assertTrue("items" in raw)
        }
    }

    @Test
    fun `integers of 64 bits keep all their digits`(): Unit = app.client().use { client ->
        answer("""{"id":7389012345678901234,"ids":[9223372036854775807],"new":1}""")
        runBlocking { assertEquals(Wide(7389012345678901234, listOf(Long.MAX_VALUE)), client.call<Wide>(GET, arguments("message_id" to "om_1"))) }
        answer("""{"id":7389012345678901234}""")
        runBlocking {
            val data = client.request<JsonObject>(Request("GET", "/open-apis/x"))
            assertEquals("7389012345678901234", data.getValue("id").jsonPrimitive.content)
        }
    }

    @Test
    fun `an answer that is no such class is told with the remedy`(): Unit = app.client().use { client ->
        answer("""{"id":"many"}""")
        val error = assertThrows<LarkException.Decode> { client.call<Wide>(GET, arguments("message_id" to "om_1")) }
        assertTrue(error.message.orEmpty().startsWith("$GET: the answer is no ") && "JsonObject" in error.message.orEmpty(), error.message)
        answer("""{"id":0}""")
        val required = assertThrows<LarkException.Decode> { client.call<Strict>(GET, arguments("message_id" to "om_1")) }
        assertTrue("id is 0" in required.message.orEmpty(), required.message)
        answer("{}")
        assertTrue("id" in assertThrows<LarkException.Decode> { client.call<Wide>(GET, arguments("message_id" to "om_1")) }.message.orEmpty())
    }

    @Test
    fun `an answer without data is null, JSON null or Unit`(): Unit = app.client().use { client ->
        val delete = arguments("message_id" to "om_1")
        repeat(3) {
            app.script(listOf(json("""{"body":{"code":0,"msg":"ok"}}""")))
            runBlocking { probe(client, delete, it) }
        }
    }

    private suspend fun probe(client: Client, delete: JsonObject, number: Int) = when (number) {
        0 -> assertNull(client.call<Sent?>("im.v1.message.delete", delete))
        1 -> assertEquals(JsonNull, client.call<JsonNull>("im.v1.message.delete", delete))
        else -> client.call<Unit>("im.v1.message.delete", delete)
    }

    @Test
    fun `items and pages come as classes, and no page is fetched too many`(): Unit = app.client().use { client ->
        runBlocking {
            val listing = client.arguments(Listing("0", 50))
            assertEquals(120, client.items<User>(LIST, listing).take(120).toList().size)
            assertEquals(3, app.calls().size)
            assertEquals(2, client.pages<JsonObject>(LIST, listing).take(2).toList().size)
            val path = Request("GET", "/open-apis/contact/v3/users/find_by_department", query = listing)
            assertEquals(60, client.requestItems<User>(path).take(60).toList().toSet().size)
        }
    }

    @Test
    fun `arguments leave null out and keep an explicit one`() {
        val built = arguments("a" to null, "b" to JsonNull, "c" to listOf(1, true), "d" to mapOf("e" to 2L), "f" to "g")
        val expected = mapOf(
            "b" to JsonNull,
            "c" to JsonArray(listOf(JsonPrimitive(1), JsonPrimitive(true))),
            "d" to JsonObject(mapOf("e" to JsonPrimitive(2L))),
            "f" to JsonPrimitive("g"),
        )
        assertEquals(JsonObject(expected), built)
        val refused = assertThrows<IllegalArgumentException> { arguments("when" to Any()) }
        assertTrue(refused.message.orEmpty().startsWith("when is a java.lang.Object, which is no JSON"), refused.message)
    }

    @Test
    fun `an operation may have an argument called options`(): Unit = app.client().use { client ->
        val id = "approval.v4.externalApproval.create"
        app.script(listOf(json("""{"body":{"code":0,"msg":"ok","data":{}}}""")))
        runBlocking { runCatching { client.call(id, """{"options":[{"a":1}]}""", options = CallOptions(maxRetries = 0)) } }
        val error = assertThrows<LarkException.Argument> { client.call(id, """{"optionz":[]}""") }
        assertTrue("optionz" in error.message.orEmpty(), error.message)
    }

    private fun answer(data: String) = app.script(listOf(json("""{"body":{"code":0,"msg":"ok","data":$data}}""")))
}
