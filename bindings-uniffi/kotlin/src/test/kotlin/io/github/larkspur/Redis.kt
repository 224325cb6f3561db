package io.github.larkspur

import java.io.InputStream
import java.net.Socket

/** What a test needs of a client of Redis; each question has a connection of its own. */
object Redis {
    private val port = checkNotNull(System.getenv("LARKSPUR_REDIS_PORT")) {
        "LARKSPUR_REDIS_PORT names no port; run the tests by cargo xtask test kotlin"
    }.toInt()

    fun eval(script: String, keys: List<String>, arguments: List<String>): Any? =
        ask("EVAL", script, keys.size.toString(), *keys.toTypedArray(), *arguments.toTypedArray())

    /** A text, a number, or nothing. */
    fun ask(vararg words: String): Any? = Socket("127.0.0.1", port).use { socket ->
        val told = words.joinToString("", "*${words.size}\r\n") { "$${it.encodeToByteArray().size}\r\n$it\r\n" }
        socket.getOutputStream().write(told.encodeToByteArray())
        socket.getInputStream().buffered().answer()
    }

    private fun InputStream.answer(): Any? {
        val line = line()
        val rest = line.drop(1)
        return when (line.first()) {
            '+' -> rest
            ':' -> rest.toLong()
            '$' -> if (rest == "-1") null else readNBytes(rest.toInt()).decodeToString()
            else -> error(rest)
        }
    }

    private fun InputStream.line(): String =
        generateSequence { read().takeIf { it >= 0 }?.toChar() }.takeWhile { it != '\n' }.joinToString("").trimEnd()
}
