//! Messages to send, which a page fetches apart from the rest.

use larkspur_core::message;

use crate::state::Core;

/// The content of a message of a kind, from its arguments as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn build_message(kind: u32, arguments: u32) -> u32 {
    Core::run(|core| {
        let kind = core.input.text(kind).to_owned();
        let built = message::build(&kind, core.input.text(arguments)).map(|message| message.content);
        core.output.result(built)
    })
}
