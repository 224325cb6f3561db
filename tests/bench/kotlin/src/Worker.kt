package io.github.larkspur.bench

import com.lark.oapi.service.im.v1.model.CreateMessageReq
import com.lark.oapi.service.im.v1.model.CreateMessageReqBody
import com.lark.oapi.service.im.v1.model.GetMessageReq
import io.github.larkspur.Client
import io.github.larkspur.ClientOptions
import io.github.larkspur.arguments
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import kotlin.system.exitProcess
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** One client's ways to make the calls that are measured. */
private interface Peer {
    /** Sends a message; waits for it. */
    fun post()

    /** Reads a message; waits for it. */
    fun get()

    /** Sends so many messages, 64 at a time. */
    fun postAtOnce(count: Int) = inThreads(count) { post() }
}

/** `Worker CLIENT WORK URL COUNT`: prints `first` when the first call is done, and a line of JSON for each window or at the end. */
fun main(words: Array<String>) {
    val (client, work, url, count) = words
    val peer = when (client) {
        "blocking" -> Blocking(url)
        "coroutines" -> Coroutines(url)
        else -> Official(url)
    }
    when (work) {
        "start" -> peer.post().also { println("first ${resident()}") }
        "cold" -> inThreads(64) { peer.post() }
        "post" -> windows(count.toInt()) { repeat(it) { peer.post() } }
        "get" -> windows(count.toInt()) { repeat(it) { peer.get() } }
        "many" -> windows(count.toInt(), peer::postAtOnce)
        else -> error("no work $work")
    }
    System.out.flush()
    // Not waiting for threads of pools.
    exitProcess(0)
}

/** Four windows one after another: the compiler settles; each tells wall and CPU nanoseconds. */
private fun windows(count: Int, work: (Int) -> Unit) {
    work(200)
    repeat(4) {
        val (wall, cpu) = System.nanoTime() to cpu()
        work(count)
        println("""{"calls":$count,"wall":${System.nanoTime() - wall},"cpu":${cpu() - cpu}}""")
    }
}

private fun inThreads(count: Int, work: () -> Unit) {
    val pool = Executors.newFixedThreadPool(64)
    val done = CountDownLatch(count)
    repeat(count) {
        pool.execute {
            work()
            done.countDown()
        }
    }
    done.await()
    pool.shutdown()
}

/** The CPU time of the whole process, all threads, in nanoseconds. */
private fun cpu(): Long {
    val fields = File("/proc/self/stat").readText().substringAfterLast(')').trim().split(' ')
    return (fields[11].toLong() + fields[12].toLong()) * 10_000_000
}

/** KB. */
private fun resident(): Int = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toInt()

private open class Blocking(url: String) : Peer {
    val client = Client(ClientOptions(appId = "cli_a1", appSecret = "s", baseUrl = url))

    override fun post() {
        check("message_id" in client.blocking.call("im.v1.message.create", hello()))
    }

    override fun get() {
        check("message_id" in client.blocking.call("im.v1.message.get", ONE))
    }
}

private class Coroutines(url: String) : Blocking(url) {
    override fun post() = runBlocking { check("message_id" in client.call("im.v1.message.create", hello())) }

    override fun get() = runBlocking { check("message_id" in client.call("im.v1.message.get", ONE)) }

    override fun postAtOnce(count: Int) = runBlocking(Dispatchers.Default) {
        repeat(64) {
            launch { repeat(count / 64) { check("message_id" in client.call("im.v1.message.create", hello())) } }
        }
    }
}

private const val ONE = """{"message_id":"om_dc13264520392913993dd051dba21dcf"}"""

/** Built for each call, as a program does; the content is written by hand, as the other client's is. */
private fun hello() =
    arguments("receive_id_type" to "chat_id", "receive_id" to "oc_1", "msg_type" to "text", "content" to """{"text":"hello"}""").toString()

private class Official(url: String) : Peer {
    private val client = com.lark.oapi.Client.newBuilder("cli_a1", "s").openBaseUrl(url).build()

    override fun post() {
        val body = CreateMessageReqBody.newBuilder().receiveId("oc_1").msgType("text").content("""{"text":"hello"}""").build()
        val sent = client.im().message().create(CreateMessageReq.newBuilder().receiveIdType("chat_id").createMessageReqBody(body).build())
        check(sent.data.messageId.startsWith("om_"))
    }

    override fun get() {
        val got = client.im().message().get(GetMessageReq.newBuilder().messageId("om_dc13264520392913993dd051dba21dcf").build())
        check(got.success())
    }
}
