package io.github.larkspur

import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.CompletableFuture
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A server that takes requests and never answers; it tells when a connection is closed. */
class SilentServer : AutoCloseable {
    private val server = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val arrivals = LinkedBlockingQueue<CompletableFuture<Long>>()
    private val sockets = mutableListOf<Socket>()

    val url = "http://127.0.0.1:${server.localPort}"

    init {
        thread(isDaemon = true) { runCatching { while (true) serve(server.accept()) } }
    }

    /** Waits for a request; what it gives is done at the moment, in nanoseconds, when the client closes the connection. */
    fun request(): CompletableFuture<Long> = checkNotNull(arrivals.poll(5, TimeUnit.SECONDS)) { "no request came" }

    fun isUntouched(): Boolean = arrivals.isEmpty()

    override fun close() {
        server.close()
        sockets.forEach(Socket::close)
    }

    private fun serve(socket: Socket) {
        sockets += socket
        val closed = CompletableFuture<Long>()
        thread(isDaemon = true) {
            val buffer = ByteArray(65_536)
            runCatching {
                var isTold = false
                while (socket.getInputStream().read(buffer) >= 0) {
                    if (!isTold) arrivals += closed
                    isTold = true
                }
            }
            closed.complete(System.nanoTime())
        }
    }
}
