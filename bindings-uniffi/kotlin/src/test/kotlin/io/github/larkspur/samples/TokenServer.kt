package io.github.larkspur.samples

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.larkspur.Client
import io.github.larkspur.LarkException
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.Executors

/** A server of the JDK's own that holds the app secret, and gives a phone what it may have: a token, and the name of the first chat. */
class TokenServer(private val client: Client) : AutoCloseable {
    private val threads = Executors.newFixedThreadPool(8)
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)

    val url: String get() = "http://127.0.0.1:${server.address.port}"

    init {
        server.executor = threads
        server.createContext("/token") { exchange -> exchange.answer(::token) }
        server.createContext("/chats") { exchange -> exchange.answer { client.blocking.call("im.v1.chat.list") } }
        server.start()
    }

    override fun close() {
        server.stop(0)
        threads.shutdown()
    }

    private fun token(): String {
        val token = runBlocking { client.token() }
        return buildJsonObject {
            put("token", token.value)
            put("expires_at", token.expiresAt?.toEpochMilliseconds())
        }.toString()
    }

    private fun HttpExchange.answer(work: () -> String) {
        val (status, text) = try {
            200 to work()
        } catch (error: LarkException) {
            // The log id is for the log; the phone gets no detail.
            System.err.println(error.message)
            502 to """{"error":"the platform did not answer"}"""
        }
        sendResponseHeaders(status, text.encodeToByteArray().size.toLong())
        responseBody.use { it.write(text.encodeToByteArray()) }
    }
}
