//! Sign-ins on devices without a browser.

/// A sign-in that waits for its user, who has a browser elsewhere.
#[derive(uniffi::Object)]
pub struct Device(pub(crate) larkspur_core::Device);

#[uniffi::export]
impl Device {
    /// The page where the user signs in.
    pub fn url(&self) -> String {
        self.0.url.clone()
    }

    /// What the user types there.
    pub fn user_code(&self) -> String {
        self.0.user_code.clone()
    }

    /// Until when, in milliseconds since 1970.
    pub fn expires_at_ms(&self) -> i64 {
        i64::try_from(self.0.expires.wall.0).unwrap_or(i64::MAX)
    }
}
