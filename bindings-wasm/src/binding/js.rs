//! What JavaScript gives: the objects behind a client, as `ts/wasm.ts` describes them.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::body::Body;

#[wasm_bindgen]
extern "C" {
    /// The runtime's clocks, network and timers, and the functions of the user.
    pub type Platform;

    #[wasm_bindgen(method)]
    pub fn wall(this: &Platform) -> f64;

    #[wasm_bindgen(method)]
    pub fn mono(this: &Platform) -> f64;

    /// Fills the buffer from the system's entropy.
    #[wasm_bindgen(method)]
    pub fn entropy(this: &Platform, buffer: &mut [u8]);

    /// A variable of the environment, where there is one.
    #[wasm_bindgen(method)]
    pub fn env(this: &Platform, name: &str) -> Option<String>;

    /// Begins an exchange. `headers` is a line of name and a line of value for each; `collect` is the most bytes of an answer that is wanted
    /// whole, or negative where it is read piece by piece; `idle` says that `timeout` is the longest pause, and `total` then bounds the whole.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)]
    pub fn send(
        this: &Platform,
        method: &str,
        url: &str,
        headers: &str,
        body: Option<Body>,
        collect: f64,
        connect: f64,
        timeout: f64,
        idle: bool,
        total: f64,
    ) -> Exchange;

    #[wasm_bindgen(method)]
    pub fn timer(this: &Platform, milliseconds: f64) -> Timer;

    /// Asks the token provider: a promise of a `TokenGiven`.
    #[wasm_bindgen(method)]
    pub fn token(this: &Platform, kind: &str, reason: &str) -> Promise;

    #[wasm_bindgen(method, getter)]
    pub fn hooked(this: &Platform) -> bool;

    /// Tells the hooks; the meaning of the fields is that of `Trace`, absent ones are negative or missing.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)]
    pub fn trace(
        this: &Platform,
        what: &str,
        operation: &str,
        method: &str,
        path: &str,
        attempt: u32,
        status: i32,
        log_id: Option<String>,
        milliseconds: f64,
        why: &str,
    );

    /// A timer that has been set.
    pub type Timer;

    #[wasm_bindgen(method, getter)]
    pub fn over(this: &Timer) -> Promise;

    #[wasm_bindgen(method)]
    pub fn clear(this: &Timer);

    /// A request under way and its answer.
    pub type Exchange;

    /// A promise that is fulfilled when the head (and the whole body, if it was to be collected) has come, and is rejected with a `Broken`.
    #[wasm_bindgen(method, getter)]
    pub fn answered(this: &Exchange) -> Promise;

    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Exchange) -> u16;

    /// A line of name and a line of value for each.
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Exchange) -> String;

    /// The collected body.
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Exchange) -> Uint8Array;

    /// A promise of the next bytes of the body, or of undefined at its end; rejected with a `Broken`.
    #[wasm_bindgen(method)]
    pub fn next(this: &Exchange) -> Promise;

    /// Lets go of the connection.
    #[wasm_bindgen(method)]
    pub fn abort(this: &Exchange);

    /// Why there is no answer.
    pub type Broken;

    #[wasm_bindgen(method, getter)]
    pub fn kind(this: &Broken) -> String;

    #[wasm_bindgen(method, getter)]
    pub fn sent(this: &Broken) -> bool;

    #[wasm_bindgen(method, getter)]
    pub fn reason(this: &Broken) -> String;

    /// What a token provider gave; a text in `failed` if it gave none.
    pub type TokenGiven;

    #[wasm_bindgen(method, getter)]
    pub fn token(this: &TokenGiven) -> String;

    #[wasm_bindgen(method, getter, js_name = "expiresAt")]
    pub fn expires_at(this: &TokenGiven) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    pub fn failed(this: &TokenGiven) -> Option<String>;

    /// Where the end of a call is told.
    pub type Settle;

    /// The data as JSON text, empty if there is none.
    #[wasm_bindgen(method)]
    pub fn data(this: &Settle, data: &str);

    /// The whole reply.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)]
    pub fn reply(this: &Settle, data: &str, status: u16, code: f64, msg: &str, log_id: Option<String>, headers: &str, attempts: u32);

    /// The error as `Error::to_json` writes it.
    #[wasm_bindgen(method)]
    pub fn failed(this: &Settle, error: &str);

    /// A file to be sent.
    pub type JsFile;

    #[wasm_bindgen(method, getter)]
    pub fn name(this: &JsFile) -> String;

    #[wasm_bindgen(method, getter, js_name = "fileName")]
    pub fn file_name(this: &JsFile) -> Option<String>;

    /// The bytes, where they are at hand.
    #[wasm_bindgen(method, getter)]
    pub fn bytes(this: &JsFile) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    pub fn length(this: &JsFile) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    pub fn repeatable(this: &JsFile) -> bool;

    /// Starts at the beginning; throws a text.
    #[wasm_bindgen(method, catch)]
    pub fn open(this: &JsFile) -> Result<JsReader, JsValue>;

    /// A running read of a file.
    pub type JsReader;

    /// A promise of the next bytes, or of undefined at the end; rejected with a text.
    #[wasm_bindgen(method)]
    pub fn next(this: &JsReader) -> Promise;

    /// Where the bytes of a download go.
    pub type JsSink;

    #[wasm_bindgen(method)]
    pub fn start(this: &JsSink, status: u16, headers: &str, file_name: Option<String>, offset: f64);

    /// Takes bytes, and gives a promise if there is no more room.
    #[wasm_bindgen(method)]
    pub fn write(this: &JsSink, chunk: Uint8Array) -> Option<Promise>;
}

/// The text of what was thrown.
pub fn text(thrown: &JsValue) -> String {
    thrown.as_string().unwrap_or_else(|| "it failed".into())
}
