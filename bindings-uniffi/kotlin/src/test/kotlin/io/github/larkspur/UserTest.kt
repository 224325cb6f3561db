package io.github.larkspur

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What no vector shows of users, tenants and the tokens of both. */
class UserTest {
    private val app = App()

    @Test
    fun `a sign-in starts with a page on its host and its secrets, and prints none`(): Unit = app.client().use { client ->
        val redirect = "https://app.example.com/back"
        val started = client.oauth.authorize(redirect, listOf("contact:user.base:readonly"), pkce = true)
        val verifier = checkNotNull(started.codeVerifier)
        assertTrue(started.url.startsWith(Sandbox.url) && "code_challenge=" in started.url && started.state in started.url, started.url)
        assertFalse(verifier in started.url || verifier in started.toString())
        for ((base, accounts) in listOf("lark" to "https://accounts.larksuite.com/", "https://x.example.com" to "https://x.example.com/")) {
            Client(ClientOptions("cli_1", "s3cret", base)).use { assertTrue(it.oauth.authorize(redirect).url.startsWith(accounts)) }
        }
    }

    @Test
    fun `tokens move to another client`() {
        val saved = app.client().use { client ->
            client.blocking.call("im.v1.chat.list")
            client.exportTokens()
        }
        app.client().use { client ->
            assertEquals(1, client.importTokens(saved))
            client.blocking.call("im.v1.chat.list")
            val error = assertThrows<LarkException.Config> { client.importTokens("t-secret") }
            assertFalse("t-secret" in error.message.orEmpty(), error.message)
        }
        assertEquals(1, app.tokenRequests())
        App().client().use { assertEquals(0, it.importTokens(saved)) }
    }

    @Test
    fun `a self-built app has no tenants and no tickets, and an empty key is refused`(): Unit = app.client().use { client ->
        assertThrows<LarkException.Config> { client.forTenant("t1") }
        assertThrows<LarkException.Config> { client.setAppTicket("ticket") }
        assertThrows<LarkException.Config> { client.asUser("") }
    }
}
