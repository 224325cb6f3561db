//! The flat door as the JVM finds it: the native methods of `io.github.larkspur.Jni`. JNI itself, and not JNA, which costs a JVM nine megabytes
//! and a tenth of a second before its first call.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::time::Duration;

use jni_sys::{JNI_OK, JNI_VERSION_1_6, JNIEnv, JNINativeInterface__1_6, JavaVM, jboolean, jbyteArray, jclass, jint, jlong, jmethodID};

use crate::door;
use crate::flight::set_interrupts;
use crate::inbox::Letters;

/// The JVM as the thread of a native method sees it.
struct Jvm(*mut JNIEnv);

/// Knows whether a thread was interrupted.
struct Interrupts {
    vm: *mut JavaVM,
    class: jclass,
    method: jmethodID,
}

// SAFETY: the JVM, a global reference and the id of a method are good on every thread.
unsafe impl Send for Interrupts {}
// SAFETY: as above.
unsafe impl Sync for Interrupts {}

static INTERRUPTS: OnceLock<Interrupts> = OnceLock::new();

/// Once, before any other: the thread that waits for a call is asked every 100 ms whether it was interrupted.
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_begin(env: *mut JNIEnv, class: jclass) {
    if let Some(interrupts) = Interrupts::of(&Jvm(env), class) {
        let _ = INTERRUPTS.set(interrupts);
        set_interrupts(|| INTERRUPTS.get().is_some_and(Interrupts::is_interrupted));
    }
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_open(env: *mut JNIEnv, _: jclass, options: jbyteArray, length: jint) -> jbyteArray {
    let jvm = Jvm(env);
    jvm.given(door::open(&jvm.taken(options, length)))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_close(_: *mut JNIEnv, _: jclass, door: jlong) {
    door::close(door.cast_unsigned());
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_release(_: *mut JNIEnv, _: jclass, door: jlong) {
    door::release(door.cast_unsigned());
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_call(
    env: *mut JNIEnv,
    _: jclass,
    door: jlong,
    invocation: jbyteArray,
    length: jint,
    whole: jboolean,
) -> jbyteArray {
    let jvm = Jvm(env);
    jvm.given(door::call(door.cast_unsigned(), &jvm.taken(invocation, length), whole))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_submit(
    env: *mut JNIEnv,
    _: jclass,
    door: jlong,
    ticket: jlong,
    invocation: jbyteArray,
    length: jint,
    whole: jboolean,
) {
    door::submit(door.cast_unsigned(), ticket.cast_unsigned(), &Jvm(env).taken(invocation, length), whole);
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_cancel(_: *mut JNIEnv, _: jclass, door: jlong, ticket: jlong) {
    door::cancel(door.cast_unsigned(), ticket.cast_unsigned());
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_message(env: *mut JNIEnv, _: jclass, wanted: jbyteArray, length: jint) -> jbyteArray {
    let jvm = Jvm(env);
    jvm.given(door::message(&jvm.taken(wanted, length)))
}

/// Waits at most so many milliseconds.
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_larkspur_Jni_take(env: *mut JNIEnv, _: jclass, at_most: jlong) -> jbyteArray {
    let letters = door::take(Duration::from_millis(at_most.cast_unsigned()));
    letters.map_or(null_mut(), |letters| Jvm(env).given(letters))
}

impl Jvm {
    fn functions(&self) -> &JNINativeInterface__1_6 {
        // SAFETY: the JVM gave the pointer to this thread; it is older than no version that any JVM of today has.
        unsafe { &(**self.0).v1_6 }
    }

    /// The first bytes of an array.
    fn taken(&self, array: jbyteArray, length: jint) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        // SAFETY: there is room for them; the JVM checks that the array has so many.
        unsafe { (self.functions().GetByteArrayRegion)(self.0, array, 0, length, bytes.as_mut_ptr().cast()) };
        bytes
    }

    /// A new array; none when the JVM has no memory, and has said so by an error of its own.
    fn given(&self, letters: Letters) -> jbyteArray {
        let bytes = letters.into_bytes();
        let length = jint::try_from(bytes.len()).unwrap_or(jint::MAX);
        // SAFETY: the array has exactly this length, and there are at least as many bytes.
        unsafe {
            let array = (self.functions().NewByteArray)(self.0, length);
            if !array.is_null() {
                (self.functions().SetByteArrayRegion)(self.0, array, 0, length, bytes.as_ptr().cast());
            }
            array
        }
    }
}

impl Interrupts {
    /// None when the class has no such method.
    fn of(jvm: &Jvm, class: jclass) -> Option<Self> {
        let mut vm = null_mut();
        // SAFETY: class and pointers are those of this call; a null method is not used.
        unsafe {
            let method = (jvm.functions().GetStaticMethodID)(jvm.0, class, c"isInterrupted".as_ptr(), c"()Z".as_ptr());
            let found = !method.is_null() && (jvm.functions().GetJavaVM)(jvm.0, &raw mut vm) == JNI_OK;
            found.then(|| Self { vm, class: (jvm.functions().NewGlobalRef)(jvm.0, class), method })
        }
    }

    /// A thread that the JVM does not know was not interrupted.
    fn is_interrupted(&self) -> bool {
        let mut env: *mut c_void = null_mut();
        // SAFETY: the JVM lives as long as the process, and the environment is this thread's.
        unsafe {
            if ((**self.vm).v1_2.GetEnv)(self.vm, &raw mut env, JNI_VERSION_1_6) != JNI_OK {
                return false;
            }
            let jvm = Jvm(env.cast());
            (jvm.functions().CallStaticBooleanMethodA)(jvm.0, self.class, self.method, null())
        }
    }
}
