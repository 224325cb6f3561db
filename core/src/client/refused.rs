//! For a backend that sends a token of the client itself, as a proxy does.

use bytes::Bytes;

use super::Client;
use crate::catalog::Style;
use crate::envelope::{self, Expected};
use crate::http::{Head, Headers};
use crate::plan::Need;
use crate::secret::Secret;
use crate::time::Now;

impl Client {
    /// Reads the answer to a request that was sent with this view's own token, the tenant's or the user's, and says whether it is worth sending again with the
    /// token that the client has next: the answer refuses the token, and another one may be had. The refused one is used no more.
    pub fn refused(&self, now: Now, token: &Secret, status: u16, body: &[u8]) -> bool {
        let head = Head { status, headers: Headers::new() };
        let Err(refusal) = envelope::read(head, Bytes::copy_from_slice(body), &Expected::default()) else { return false };
        match self.user_need().map_or_else(|| self.tenant_slot(Style::Snake), Ok) {
            Ok(Need::Slot(grant, key)) if grant.is_refused_by(refusal.action) => self.shared.tokens.refuse_text(now, &key, token),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn only_a_refused_token_is_worth_another_try() {
        let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("secret"), ..Options::default() };
        let client = Client::new(options).unwrap();
        let token = Secret::new("t-1");
        let refused = |status, body: &str| client.refused(Now::new(1, 1), &token, status, body.as_bytes());
        assert!(refused(400, r#"{"code":99991663,"msg":"Invalid access token"}"#));
        assert!(refused(200, r#"{"code":99991663,"msg":"Invalid access token"}"#));
        for (status, body) in [
            (400, r#"{"code":99991668,"msg":"a user's"}"#),
            (400, r#"{"code":99992402,"msg":"field validation failed"}"#),
            (200, r#"{"code":0,"msg":"success","data":{"code":99991663}}"#),
            (502, "<html>bad gateway</html>"),
            (204, ""),
        ] {
            assert!(!refused(status, body), "{status} {body}");
        }
    }
}
