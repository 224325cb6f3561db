//! Custom bots of a group.

use larkspur_core::{Bot, Secret};

use crate::client::Client;
use crate::error::FfiError;
use crate::options::ClientOptions;

#[uniffi::export]
impl Client {
    /// The client of a custom bot, which takes [`Target::Message`](crate::Target::Message) alone: `url` is the bot's address, a secret,
    /// and `secret` what it signs with. Of the options, those of connections and calls count.
    ///
    /// # Errors
    /// For an address that is none of a bot, an empty secret, and an option that cannot be.
    #[uniffi::constructor]
    pub fn bot(url: String, secret: Option<String>, options: ClientOptions) -> Result<Self, FfiError> {
        let bot = Bot::new(&Secret::new(url), secret.map(Secret::new), options.core()?)?;
        Self::of_bot(bot, &options)
    }
}
