//! Values that only who has the key can read.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larkspur_core::{Error, Secret};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// What a sealed value begins with; a plain one begins with `{`.
const MARK: &str = "sealed:1:";

/// Encrypts what a store keeps: AES-256-GCM with a random nonce for each value, which stands before it. The npm package seals alike.
///
/// A value is bound to its store key: moved under another, it does not open. The default seals nothing.
#[derive(Clone, Default)]
pub struct Seal {
    key: Option<LessSafeKey>,
}

impl Seal {
    /// Seals with this key of 32 random bytes.
    ///
    /// # Errors
    /// [`Class::Config`](larkspur_core::Class::Config) for a key of another length.
    pub fn new(key: &[u8]) -> Result<Self, Error> {
        let sealing = UnboundKey::new(&AES_256_GCM, key).map_err(|_| {
            Error::config(format!("key has {} bytes", key.len()))
                .with_remedy("pass 32 random ones, and the same to all who share the store")
        })?;
        Ok(Self { key: Some(LessSafeKey::new(sealing)) })
    }

    /// The text to store under `name`.
    pub(super) fn close(&self, name: &str, value: &Secret) -> Result<String, String> {
        let Some(key) = &self.key else { return Ok(value.reveal().to_owned()) };
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| format!("the system gives no randomness: {error}"))?;
        let mut sealed = value.reveal().as_bytes().to_vec();
        let done = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut sealed);
        done.map_err(|_| "a value is too long to be encrypted".to_owned())?;
        Ok(format!("{MARK}{}", STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// What [`Seal::close`] has sealed under `name`.
    pub(super) fn open(&self, name: &str, text: &str) -> Result<Secret, String> {
        match (&self.key, text.strip_prefix(MARK)) {
            (None, None) => Ok(Secret::new(text)),
            (None, Some(_)) => Err("its values are encrypted; pass the key".into()),
            (Some(_), None) => Err("it holds values that are not encrypted; remove them, or leave the key out".into()),
            (Some(key), Some(sealed)) => opened(key, name, sealed).ok_or_else(|| "its values were encrypted with another key".into()),
        }
    }
}

fn opened(key: &LessSafeKey, name: &str, sealed: &str) -> Option<Secret> {
    let mut sealed = STANDARD.decode(sealed).ok()?;
    let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key.open_in_place(nonce, Aad::from(name), text).ok()?;
    std::str::from_utf8(text).ok().map(Secret::new)
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.key.is_some() { "Seal(***)" } else { "Seal(none)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_under_its_name_only() {
        let sealed = seal(1).close("a|b", &Secret::new("t-secret")).unwrap();
        assert!(!sealed.contains("t-secret"));
        assert_eq!(seal(1).open("a|b", &sealed).unwrap().reveal(), "t-secret");
        assert_eq!(seal(2).open("a|b", &sealed).unwrap_err(), "its values were encrypted with another key");
        assert!(seal(1).open("a|c", &sealed).is_err(), "moved under another name");
        assert_eq!(Seal::default().open("a|b", &sealed).unwrap_err(), "its values are encrypted; pass the key");
    }

    #[test]
    fn what_the_npm_package_has_sealed_opens() {
        let sealed = "sealed:1:AQEBAQEBAQEBAQEBAsz60vPNiXqAT/bA6RWc9cvdjOvvqdJD";
        assert_eq!(seal(7).open("a|b", sealed).unwrap().reveal(), "t-secret");
    }

    #[test]
    fn a_value_that_was_changed_does_not_open() {
        let sealed = seal(1).close("k", &Secret::new("t-secret")).unwrap();
        for at in MARK.len()..sealed.len() {
            let mut broken = sealed.clone().into_bytes();
            broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
            assert!(seal(1).open("k", std::str::from_utf8(&broken).unwrap()).is_err(), "byte {at}");
        }
        for text in ["sealed:1:", "sealed:1:AAAA", "sealed:1:?"] {
            assert!(seal(1).open("k", text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_sealed_values_are_alike() {
        let value = Secret::new("t-secret");
        assert_ne!(seal(1).close("k", &value), seal(1).close("k", &value));
    }

    #[test]
    fn plain_values_stay_plain_without_a_key_and_are_refused_with_one() {
        let plain = Secret::new("{\"v\":1}");
        assert_eq!(Seal::default().close("k", &plain).unwrap(), "{\"v\":1}");
        assert!(seal(1).open("k", "{\"v\":1}").unwrap_err().starts_with("it holds values that are not encrypted"));
    }

    #[test]
    fn a_key_has_32_bytes_and_is_not_shown() {
        let error = Seal::new(&[1; 16]).unwrap_err();
        assert_eq!(error.to_string(), "key has 16 bytes; pass 32 random ones, and the same to all who share the store");
        assert_eq!(format!("{:?}", seal(7)), "Seal(***)");
    }
}
