package io.github.larkspur

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import com.sun.jna.Platform
import io.github.larkspur.ffi.uniffiEnsureInitialized
import io.github.larkspur.ffi.uniffiRustFutureContinuationCallbackImpl

/** The native library: loaded once, or its failure told each time it is needed. */
internal object Library {
    private val failure: Throwable? = runCatching(::load).exceptionOrNull()

    /** Makes sure that it is there. */
    fun need() {
        failure?.let { throw LarkException.Config(reason(it), it) }
    }

    private fun load() {
        uniffiEnsureInitialized()
        // The library's few threads live as long as the process: to attach and detach them at each event would cost more than the event.
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, CallbackThreadInitializer(true, false, "larkspur"))
        Door.open()
    }

    private fun reason(failure: Throwable): String {
        val cause = generateSequence(failure) { it.cause }.last()
        if (cause is NoClassDefFoundError || cause is ClassNotFoundException) {
            return "JNA is not on the class path (${cause.message}); add net.java.dev.jna:jna, on Android as @aar"
        }
        return "the native library for ${Platform.RESOURCE_PREFIX} does not load (${cause.message?.lineSequence()?.first()}); " +
            "take an artefact that holds ${Platform.RESOURCE_PREFIX}/${System.mapLibraryName("larkspur_ffi")}, " +
            "or name the folder of the library with -Djna.library.path"
    }
}
