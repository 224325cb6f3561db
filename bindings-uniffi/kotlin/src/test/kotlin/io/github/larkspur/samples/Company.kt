package io.github.larkspur.samples

import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.FileStore
import io.github.larkspur.Message
import io.github.larkspur.WebhookBot
import io.github.larkspur.operationsOf
import io.github.larkspur.scopes
import java.io.File

/** What a company's own server does besides calls; [hook] is the address of a custom bot. */
suspend fun company(client: Client, hook: String, options: ClientOptions) {
    WebhookBot(hook, secret = "s3cret", options).use { bot -> bot.send(Message.text("deployed")) }
    val signed = client.jsapi.sign("https://app.example.com/page?x=1")
    println("the page calls config(${signed.json})")
    val needed = scopes(client.usedOperations())
    println("the console imports ${needed.importText}")
    println("im:message allows ${operationsOf("im:message").size} operations")
}

/** For an app without a secret; [sign] makes a JWT for an audience. */
fun keyless(appId: String, baseUrl: String, tokens: File, key: ByteArray, sign: suspend (String) -> String): Client =
    Client(ClientOptions(appId, baseUrl = baseUrl, clientAssertion = sign, tokenStore = FileStore(tokens, key)))
