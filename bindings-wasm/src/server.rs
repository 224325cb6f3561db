//! What JavaScript calls besides `exports.rs`, in the core for servers alone.

use larkspur_core::catalog::Style;
use larkspur_core::message::Message;
use larkspur_core::{Bot, Client, Error, Secret};

use crate::exports::now;
use crate::flight::Landing;
use crate::options;
use crate::state::{Core, Entry};

/// Makes a custom bot of its options, its address, and the secret that it signs with, if it does.
#[unsafe(no_mangle)]
pub extern "C" fn bot(signs: u32, options: u32, address: u32, secret: u32) -> u32 {
    Core::run(|core| match made(core, signs != 0, [options, address, secret]) {
        Ok(bot) => {
            let number = core.add(Entry::Bot(bot));
            core.output.made(number)
        }
        Err(error) => core.output.fail(&error),
    })
}

/// Starts a call that sends a message to the group of a custom bot.
#[unsafe(no_mangle)]
pub extern "C" fn bot_send(bot: u32, wall: f64, mono: f64, entropy: u32, kind: u32, content: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let message = Message { msg_type: core.input.text(kind).to_owned(), content: core.input.text(content).to_owned() };
        let now = now(wall, mono);
        let call = options::call(core.input.text(options)).and_then(|options| core.bot(bot)?.send(&message, now, &options, entropy));
        core.start_call(call, Landing::Data, now)
    })
}

/// Starts a call that signs for a web page.
#[unsafe(no_mangle)]
pub extern "C" fn jsapi_sign(client: u32, wall: f64, mono: f64, entropy: u32, url: u32, options: u32) -> u32 {
    Core::run(|core| {
        let entropy = core.input.entropy(entropy);
        let url = core.input.text(url).to_owned();
        let call = options::call(core.input.text(options))
            .and_then(|options| core.client(client)?.jsapi_sign(&url, Style::Camel, &options, entropy));
        core.start_call(call, Landing::Data, now(wall, mono))
    })
}

/// The names of the operations that a client and its views have called, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn used_operations(client: u32) -> u32 {
    Core::run(|core| {
        let used = core.client(client).map(|client| names(&client));
        core.output.result(used)
    })
}

fn made(core: &mut Core, signs: bool, [options, address, secret]: [u32; 3]) -> Result<Bot, Error> {
    let options = options::client(core.input.text(options))?;
    let address = Secret::new(core.input.text(address));
    let secret = Secret::new(core.input.text(secret));
    Bot::new(&address, signs.then_some(secret), options)
}

fn names(client: &Client) -> String {
    let names: Vec<String> = client.used_operations().iter().map(|operation| operation.name(Style::Camel)).collect();
    names.join("\n")
}
