//! Users of Feishu Project: a code of the front end buys the first tokens, each refresh token the next pair; the plugin's token goes with both.

use super::{Grant, Refresh};
use crate::codes::Action;
use crate::encode::Object;
use crate::envelope::Refusal;
use crate::error::Class;
use crate::http::Headers;

/// The code, or the refresh token, is not good. A plugin's token that has expired is 10022.
const BAD_PROOFS: [i64; 2] = [10_210, 10_211];

impl Refresh {
    /// Whether it is about a user of Feishu Project.
    pub(super) fn is_of_plugin_user(&self) -> bool {
        self.shared.is_project() && matches!(self.grant, Grant::User(_) | Grant::SignIn(_))
    }

    /// What is sent for such a user's token.
    pub(super) fn plugin_user_request(&self) -> Option<(&'static str, String)> {
        if !self.is_of_plugin_user() {
            return None;
        }
        let mut body = Object::default();
        if let Grant::SignIn(sign_in) = &self.grant {
            body.push_text("code", sign_in.code());
            body.push_text("grant_type", Some("authorization_code"));
            return Some(("/open_api/authen/user_plugin_token", body.finish()));
        }
        body.push_text("refresh_token", self.store.user().map(|user| user.refresh.reveal()));
        body.push("type", "1");
        Some(("/open_api/authen/refresh_token", body.finish()))
    }

    /// Puts the plugin's token where this family has it.
    pub(super) fn add_plugin_token(&self, headers: &mut Headers) {
        if let Some(held) = self.means.held().filter(|_| self.is_of_plugin_user()) {
            headers.push("X-PLUGIN-TOKEN", held.value.reveal());
        }
    }

    /// What the user's token was bought with is no good: the user has to sign in again.
    pub(super) fn blame_proof(&self, mut refusal: Box<Refusal>) -> Box<Refusal> {
        let code = refusal.error.answer.as_ref().map_or(0, |answer| answer.code);
        if self.is_of_plugin_user() && BAD_PROOFS.contains(&code) {
            refusal.action = Some(Action::Reauthorize);
            refusal.error.parts_mut().class = Class::ReauthorizationRequired;
        }
        refusal
    }
}
