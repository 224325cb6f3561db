//! The end of a sign-in: the platform takes the tokens back, then they are forgotten here.

use std::time::Duration;

use bytes::Bytes;

use super::super::Fresh;
use super::super::shelf::Shelf;
use super::{Grant, Refresh};
use crate::encode;
use crate::http::{Headers, Piece, Request};
use crate::secret::Secret;
use crate::step::Step;
use crate::time::Now;

impl Refresh {
    /// The request that takes the user's tokens back; without a token there is nothing to take.
    pub(super) fn take_back(&mut self, now: Now) -> Step {
        let (hint, token) = match (self.store.user(), self.store.found()) {
            (Some(user), _) if !user.refresh.is_blank() => ("refresh_token", user.refresh.clone()),
            (_, Some(access)) => ("access_token", access.clone()),
            _ => return self.signed_out(now),
        };
        let mut fields = vec![("client_id", self.shared.options.app_id.as_str())];
        fields.extend(self.proof_fields());
        fields.extend([("token", token.reveal()), ("token_type_hint", hint)]);
        let form = encode::form(&fields);
        let mut headers = Headers::new();
        headers.push("Content-Type", encode::FORM);
        headers.push("User-Agent", &self.shared.user_agent);
        let url = format!("{}/oauth/v1/revoke", self.shared.accounts.as_str());
        self.effort.attempts += 1;
        Step::Send(Box::new(Request { url, headers, body: vec![Piece::Bytes(Bytes::from(form))], ..self.request(now) }))
    }

    /// The platform knows the tokens no more.
    pub(super) fn signed_out(&mut self, now: Now) -> Step {
        let done = Fresh::new(Secret::new("signed out"), Duration::from_secs(60), now);
        if let Grant::SignOut(user) = &self.grant {
            self.shared.tokens.forget(&self.shared.user_key(user));
        }
        match self.store.take_shelf() {
            Some(shelf) => {
                let next = self.store.keep(shelf, Ok(done), Shelf::store_signed_out);
                self.make(now, next)
            }
            None => self.end(now, Ok(done)),
        }
    }
}
