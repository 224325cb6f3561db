//! Tokens that go from one client to another.

use super::Client;
use crate::auth::Key;
use crate::error::Error;
use crate::secret::Secret;
use crate::time::Now;

impl Client {
    /// All tokens that this client and its views hold, as text for [`Client::import_tokens`]: for workers of the same app, and tests.
    ///
    /// It holds secrets. A token store is not asked.
    pub fn export_tokens(&self, now: Now) -> Secret {
        #[cfg(feature = "oauth")]
        let users = self.shared.vault.records();
        #[cfg(not(feature = "oauth"))]
        let users = std::iter::empty();
        self.shared.tokens.export(now, users)
    }

    /// Takes the tokens of an export that belong to this client's host and app and still hold; says how many those were.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for a text that is no export.
    pub fn import_tokens(&self, now: Now, exported: &Secret) -> Result<usize, Error> {
        let app = Key::new(&[self.base_url(), self.app_id()]);
        self.shared.tokens.import(now, &app, exported, |_key, _record| {
            #[cfg(feature = "oauth")]
            return self.shared.vault.take(_key, _record);
            #[cfg(not(feature = "oauth"))]
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Client, Error, Now, Options, Secret};

    fn client(app_id: &str) -> Client {
        let options = Options { app_id: app_id.into(), app_secret: Secret::new("secret"), ..Options::default() };
        Client::new(options).unwrap()
    }

    #[test]
    fn an_export_brings_its_own_app_tokens_only() {
        let now = Now::new(1_000_000, 5_000);
        let text = |app: &str| {
            let key = format!("https://open.feishu.cn|{app}|tenant");
            let token = r#"{"v":1,"token":{"value":"t-1","expires":8200000,"ahead":7600000}}"#;
            Secret::new(format!(r#"{{"v":1,"tokens":[["{key}",{token}]]}}"#))
        };
        let client = client("cli_1");
        assert_eq!(client.import_tokens(now, &text("cli_2")).unwrap(), 0);
        assert_eq!(client.import_tokens(Now::new(9_000_000, 1), &text("cli_1")).unwrap(), 0, "it has expired");
        assert_eq!(client.import_tokens(now, &text("cli_1")).unwrap(), 1);
        assert_eq!(client.export_tokens(now), text("cli_1"));
    }

    #[test]
    fn what_is_no_export_is_refused_without_showing_it() {
        let import =
            |text: &str| client("cli_1").import_tokens(Now::default(), &Secret::new(text)).map_err(|error: Error| error.to_string());
        assert_eq!(import("t-secret").unwrap_err(), "what is imported is no export of tokens; pass the text of an export, unchanged");
        assert!(import(r#"{"v":2,"tokens":{}}"#).unwrap_err().contains("later version"));
    }
}
