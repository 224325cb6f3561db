//! What a call sends.

use super::Call;
use crate::arguments::Prepared;
use crate::http::{Headers, Limits, Patience, Request};
use crate::plan::Need;
use crate::secret::Secret;
use crate::time::Now;

impl Call {
    /// The request of the attempt that comes next.
    pub(super) fn request(&self, now: Now, prepared: &Prepared) -> Request {
        Request {
            method: prepared.method,
            url: self.url(&prepared.path),
            headers: self.headers(prepared),
            body: prepared.body.clone(),
            limits: self.limits(now),
            max_answer: self.shared.options.max_answer,
            sink: self.plan.sink.clone(),
            offset: self.offset,
        }
    }

    fn headers(&self, prepared: &Prepared) -> Headers {
        let mut headers = Headers::with_capacity(8, 256);
        match (&self.plan.need, &self.held) {
            (Need::Given(token), _) => self.add_token(&mut headers, token),
            (Need::Slot(..), Some(held)) => self.add_token(&mut headers, &held.value),
            _ => {}
        }
        headers.push("User-Agent", &self.shared.user_agent);
        for (name, value) in prepared.headers.iter().chain(self.plan.options.headers.iter()) {
            headers.set(name, value);
        }
        if self.offset > 0 {
            headers.set("Range", format!("bytes={}-", self.offset));
        }
        headers
    }

    fn url(&self, path: &str) -> String {
        #[cfg(feature = "oauth")]
        if self.plan.on_accounts {
            return crate::text::join(&[self.shared.accounts.as_str(), path], "");
        }
        self.shared.url(path)
    }

    fn add_token(&self, headers: &mut Headers, token: &Secret) {
        #[cfg(feature = "project")]
        if self.authorize(headers, token) {
            return;
        }
        headers.push_joined("Authorization", &["Bearer ", token.reveal()]);
    }

    fn limits(&self, now: Now) -> Limits {
        let timeout = self.plan.options.timeout();
        let left = self.effort.left(now.mono);
        let answer = match self.plan.is_file {
            true => Patience::Idle { idle: timeout, total: left },
            false => Patience::Total(left.map_or(timeout, |left| left.min(timeout))),
        };
        Limits { connect: self.shared.options.connect_timeout, answer }
    }
}
