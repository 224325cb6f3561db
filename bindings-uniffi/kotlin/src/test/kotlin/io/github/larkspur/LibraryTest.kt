package io.github.larkspur

import com.sun.jna.Platform
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

class LibraryTest {
    private val classPath = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    private val packed = "${Platform.RESOURCE_PREFIX}/${System.mapLibraryName("larkspur_ffi")}"

    @Test
    fun `a library that is not there names platform and remedy`() {
        assertFails(elsewhere(classPath, "-D$LIBRARY=nowhere"))
    }

    @Test
    fun `a library of another processor names both`(@TempDir folder: File) {
        val foreign = File(folder, "foreign").apply { writeBytes(library().also { it[MACHINE] = RISC_V }) }
        assertFails(elsewhere(classPath, "-D$LIBRARY=$foreign"))
    }

    @Test
    fun `something else in the place of the library says so`(@TempDir folder: File) {
        val other = File(folder, packed).apply { parentFile.mkdirs() }
        other.writeText("version https://git-lfs.github.com/spec/v1\n")
        assertFails(elsewhere("$folder${File.pathSeparator}$classPath", "-Xshare:auto"))
    }

    @Test
    fun `without a folder to unpack it the remedy is another one`() {
        assertFails(elsewhere(classPath, "-Djava.io.tmpdir=nowhere"))
    }

    @Test
    fun `without JNA what needs it names the remedy, and messages do not`() {
        val without = classPath.split(File.pathSeparator).filter { "jna" !in File(it).name }
        val told = elsewhere(without.joinToString(File.pathSeparator), "-Xshare:auto")
        assertEquals(2, told.lines().count { it == "made" }, told)
        assertEquals(2, told.lines().count { it.startsWith("Config: JNA does not load") && "add net.java.dev.jna:jna" in it }, told)
    }

    private fun library(): ByteArray = checkNotNull(javaClass.getResourceAsStream("/$packed")).use { it.readBytes() }

    private fun assertFails(told: String) {
        val errors = told.lines().filter { it.startsWith("Config: the native library for ${Platform.RESOURCE_PREFIX} does not load (") }
        assertEquals(2, errors.size, told)
        assertTrue(errors.all { "take an artefact that holds $packed, " in it && "-D$LIBRARY" in it && "-Djava.io.tmpdir" in it }, told)
    }

    /** Makes two clients in a process of its own. */
    private fun elsewhere(classes: String, option: String): String {
        val java = ProcessHandle.current().info().command().get()
        val process = ProcessBuilder(java, option, "-cp", classes, "io.github.larkspur.TwoClients").redirectErrorStream(true).start()
        return process.inputStream.bufferedReader().readText().also { process.waitFor() }
    }

    private companion object {
        const val LIBRARY = "larkspur.library"

        /** Where an ELF file names its processor. */
        const val MACHINE = 18
        const val RISC_V: Byte = 0xF3.toByte()
    }
}

/** A program: what is told when a client and a message are made, and the client is asked for what is generated, twice. */
object TwoClients {
    @JvmStatic
    fun main(arguments: Array<String>) = repeat(2) {
        try {
            val client = Client(ClientOptions(appId = "cli_1", appSecret = "s"))
            Message.text("hello")
            println("made")
            client.use { println(it.identity) }
        } catch (error: LarkException.Config) {
            println("Config: ${error.message}")
        }
    }
}
