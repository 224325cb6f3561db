//! The tokens of Feishu Project: for a plugin, real or virtual.

use super::{Grant, Refresh};
use crate::encode::{Object, quote};

impl Grant {
    pub(super) fn is_project(&self) -> bool {
        matches!(self, Grant::Plugin | Grant::Virtual)
    }
}

impl Refresh {
    pub(super) fn plugin_request(&self) -> (&'static str, String) {
        let options = &self.shared.options;
        let kind = if self.grant == Grant::Virtual { "1" } else { "0" };
        let (id, secret) = (quote(&options.app_id), quote(options.app_secret.reveal()));
        ("/open_api/authen/plugin_token", Object::of(&[("plugin_id", &id), ("plugin_secret", &secret), ("type", kind)]))
    }
}
