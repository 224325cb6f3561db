//! What must not happen: the core gives up, and no call under way would ever end.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

thread_local! {
    static REPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Has the function called with a line of text when the core gives up.
#[wasm_bindgen(js_name = "onPanic")]
pub fn on_panic(report: Function) {
    REPORT.set(Some(report));
    std::panic::set_hook(Box::new(|info| {
        let report = REPORT.with_borrow(Option::clone);
        // Nothing more can be done if even this fails.
        let _ = report.map(|report| report.call1(&JsValue::NULL, &JsValue::from_str(&info.to_string())));
    }));
}
