package io.github.larkspur.samples

import io.github.larkspur.Client
import io.github.larkspur.Upload
import java.io.InputStream

/** What a server does for a user who signs in; [browser] is what the user's browser brings back: state and code. */
suspend fun signIn(client: Client, redirectUri: String, browser: (page: String) -> Pair<String, String>): Client {
    val start = client.oauth.authorize(redirectUri, scopes = listOf("contact:user.base:readonly"), pkce = true)
    val (state, code) = browser(start.url)
    check(state == start.state) { "somebody else's sign-in" }
    val user = client.oauth.exchange(code, redirectUri, start.codeVerifier)
    return client.asUser(user.key)
}

suspend fun send(client: Client, stream: InputStream): String {
    val file = mapOf("file" to Upload(stream, "report.pdf"))
    return client.call("im.v1.file.create", """{"file_type":"pdf","file_name":"report.pdf"}""", file)
}
