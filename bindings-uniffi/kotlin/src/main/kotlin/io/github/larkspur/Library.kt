package io.github.larkspur

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import io.github.larkspur.ffi.uniffiEnsureInitialized
import io.github.larkspur.ffi.uniffiRustFutureContinuationCallbackImpl
import java.io.File
import java.util.Locale

/** The native library: loaded once, or its failure told each time it is needed. */
internal object Library {
    /** On Android, the system has it unpacked already. */
    private val file: File? by lazy { if (isAndroid) null else System.getProperty(FILE)?.let { File(it).absoluteFile } ?: unpacked() }
    private val failure: Throwable? = runCatching(::load).exceptionOrNull()
    private val failureOfGenerated: Throwable? by lazy { runCatching(::loadGenerated).exceptionOrNull() }

    /** Makes sure that it is there. */
    fun need() {
        failure?.let { throw LarkException.Config(reason(it), it) }
    }

    /** Runs what calls the library by what is generated, over JNA. */
    inline fun <T> generated(block: () -> T): T {
        needGenerated()
        return told(block)
    }

    /** Makes sure that what is generated works too. */
    fun needGenerated() {
        need()
        failureOfGenerated?.let { throw LarkException.Config("JNA does not load (${cause(it)}); $JNA", it) }
    }

    private fun load() {
        file?.let { System.load(it.path) } ?: System.loadLibrary("larkspur_ffi")
        Jni.begin()
    }

    private fun loadGenerated() {
        // It must find the same library, and another class loader may have named its own.
        file?.let { System.setProperty("uniffi.component.larkspur_ffi.libraryOverride", it.path) }
        uniffiEnsureInitialized()
        // The library's few threads live as long as the process: to attach and detach them at each event would cost more than the event.
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, CallbackThreadInitializer(true, false, "larkspur"))
    }

    /** A file of its own, which no other class loader has loaded. JDK's temporary names take the whole of its cryptography along. */
    private fun unpacked(): File {
        val packed = Library::class.java.getResourceAsStream("/$packedName") ?: throw UnsatisfiedLinkError("the class path has no $packedName")
        val folder = System.getProperty(FOLDER)
        val names = generateSequence { File(folder, "larkspur-${System.nanoTime()}-$fileName") }
        val file = names.first { it.createNewFile() }
        file.deleteOnExit()
        packed.use { from -> file.outputStream().use { from.copyTo(it) } }
        return file
    }

    private fun reason(failure: Throwable): String =
        "the native library for $platform does not load (${cause(failure)}); " +
            "take an artefact that holds $packedName, name the library's file with -D$FILE, " +
            "or a folder whose files may be executed with -D$FOLDER"

    private fun cause(failure: Throwable): String? = generateSequence(failure) { it.cause }.last().message?.lineSequence()?.first()

    private const val FILE = "larkspur.library"
    private const val FOLDER = "java.io.tmpdir"
    private const val JNA = "add net.java.dev.jna:jna to the class path, on Android as @aar"

    private val isAndroid get() = System.getProperty("java.vm.name") == "Dalvik"
    private val fileName get() = System.mapLibraryName("larkspur_ffi")
    private val packedName get() = "$platform/$fileName"

    /** As JNA names it. */
    private val platform: String
        get() {
            val system = System.getProperty("os.name").lowercase(Locale.ROOT)
            val processor = System.getProperty("os.arch").lowercase(Locale.ROOT)
            val name = when {
                system.startsWith("mac") -> "darwin"
                system.startsWith("windows") -> "win32"
                else -> system
            }
            return if (processor == "amd64" || processor == "x86_64") "$name-x86-64" else "$name-$processor"
        }
}
