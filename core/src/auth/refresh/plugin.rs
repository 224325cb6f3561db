//! The tokens of Feishu Project: for a plugin, real or virtual.

use serde_json::{Value, json};

use super::{Grant, Granted, Refresh};

impl Grant {
    pub(super) fn is_project(&self) -> bool {
        matches!(self, Grant::Plugin | Grant::Virtual)
    }
}

impl Refresh {
    pub(super) fn plugin_request(&self) -> (&'static str, Value) {
        let options = &self.shared.options;
        let kind = u8::from(self.grant == Grant::Virtual);
        let body = json!({ "plugin_id": options.app_id, "plugin_secret": options.app_secret.reveal(), "type": kind });
        ("/open_api/authen/plugin_token", body)
    }
}

impl Granted {
    pub(super) fn of_plugin(self) -> (Option<String>, Option<u64>) {
        (self.token, self.expire_time)
    }
}
