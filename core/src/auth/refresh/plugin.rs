//! The tokens of Feishu Project: for a plugin, real or virtual.

use super::{Grant, Refresh};
use crate::encode::{Object, quote};
use crate::error::{Class, Error};

impl Grant {
    pub(super) fn is_project(&self) -> bool {
        matches!(self, Grant::Plugin | Grant::Virtual)
    }
}

impl Refresh {
    /// Nothing but the plugin's credentials is in such a request; which code says that they are wrong is not documented.
    pub(super) fn blame_credentials(&self, error: &mut Error) {
        if self.grant.is_project() && error.answer.is_some() && !error.retryable {
            let parts = error.parts_mut();
            parts.class = Class::Auth;
            parts.remedy.get_or_insert_with(|| "check plugin_id and plugin_secret".to_owned());
        }
    }

    pub(super) fn plugin_request(&self) -> (&'static str, String) {
        let options = &self.shared.options;
        let kind = if self.grant == Grant::Virtual { "1" } else { "0" };
        let (id, secret) = (quote(&options.app_id), quote(options.app_secret.reveal()));
        ("/open_api/authen/plugin_token", Object::of(&[("plugin_id", &id), ("plugin_secret", &secret), ("type", kind)]))
    }
}
