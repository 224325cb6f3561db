//! One API call as a machine.
//!
//! ```text
//!            ┌────────────────────── Use ───────────────────────┐
//!  Start ─▶ token? ── Lead ──▶ Spawn ──▶ token?                 ▼
//!            ▲  │                                              Send ──▶ answer ──▶ Done
//!            │  └─ Wait(ticket) ──▶ token?                      │         │
//!            │                                                  ▼         ▼
//!            ├──────────────── Wait(back-off) ◀──────── may it be sent again?
//!            └──────────────── another token  ◀──────── was the token refused?  (once)
//! ```
//!
//! A call that is paced waits for its turn before it sends; in a fleet it asks the store that all share for one.

#[cfg(feature = "about")]
mod application;
#[cfg(feature = "oauth")]
mod device;
mod end;
#[cfg(feature = "fleet")]
mod fleet;
#[cfg(feature = "pacing")]
mod pacing;
#[cfg(feature = "project")]
mod project;
mod request;

use std::sync::Arc;
use std::time::Duration;

use crate::arguments::Prepared;
use crate::auth::{Decision, Grant, Held, Lead, Refresh};
use crate::envelope::{self, Refusal};
use crate::error::{Class, Error};
use crate::http::{Received, Response, TransportError};
use crate::plan::{Need, Plan};
use crate::random::Random;
use crate::retry::{Effort, Next, Repetition, Setback, may_resend};
use crate::secret::Secret;
use crate::shared::Shared;
use crate::step::{Event, Outcome, Reply, Step, Trace, Why};
use crate::time::{Mono, Now};
use crate::transport;

/// A host whose `spawn` loses tasks would make a call lead for ever.
const MOST_LEADS: u8 = 3;

/// One call of the platform: resume it with what came of its last step until it is [`Step::Done`].
///
/// Dropping it cancels it; nothing else is harmed.
#[derive(Debug)]
pub struct Call {
    shared: Arc<Shared>,
    plan: Plan,
    effort: Effort,
    random: Random,
    phase: Phase,
    leads: u8,
    /// How often the token was changed because it was refused.
    changes: u8,
    waited: Option<u64>,
    held: Option<Held>,
    refused: Option<(Secret, Error)>,
    last: Option<Error>,
    offset: u64,
    #[cfg(feature = "pacing")]
    waiting: crate::pacing::Waiting,
    /// The token of an attempt that may have been executed.
    #[cfg(feature = "project")]
    lost: Option<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A token is sought.
    Token,
    /// The token is held, a refresh has been sent on its way.
    Ready,
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>, plan: Plan, random: Random) -> Self {
        let effort = Effort::new(plan.options.max_retries(), plan.options.max_wait(plan.is_file));
        let offset = plan.offset;
        Self {
            shared,
            plan,
            effort,
            random,
            phase: Phase::Token,
            leads: 0,
            changes: 0,
            waited: None,
            held: None,
            refused: None,
            last: None,
            offset,
            #[cfg(feature = "pacing")]
            waiting: Default::default(),
            #[cfg(feature = "project")]
            lost: None,
        }
    }

    /// Hands the outcome of the last step in and takes the next step out.
    ///
    /// Begin with [`Outcome::Start`]; after [`Step::Done`] the call is over.
    pub fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Start => {
                self.effort.start(now.mono);
                self.seek_token(now)
            }
            Outcome::Spawned if self.phase == Phase::Ready => self.send(now),
            #[cfg(feature = "fleet")]
            Outcome::Answered(answer) if self.waiting.flight.is_some() => self.store_answered(now, answer),
            Outcome::Spawned | Outcome::Waited | Outcome::Answered(_) => self.seek_token(now),
            Outcome::Response(response) => self.received(now, response),
            Outcome::Failed(failed) => self.failed(now, &failed),
        }
    }

    /// How many requests were sent, those for tokens not counted.
    pub fn attempts(&self) -> u32 {
        self.effort.attempts
    }

    /// What is called, in the caller's spelling, or method and path template.
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// The HTTP method; empty for what sends nothing.
    pub fn method(&self) -> &'static str {
        self.plan.prepared.as_ref().map_or("", |prepared| prepared.method.as_str())
    }

    /// The path with its placeholders.
    pub fn template(&self) -> &str {
        &self.plan.template
    }

    /// A wait for the host's logger and hooks: what it waits for, and the whole of it, with the turn that comes behind a back-off.
    pub(crate) fn waiting(&self, now: Now, until: Mono, why: Why) -> Trace<'_> {
        let span = until.since(now.mono);
        #[cfg(feature = "pacing")]
        let until = self.whole_wait(now.mono, until, why);
        self.trace(Event::Waiting { why, span, whole: until.since(now.mono) })
    }

    pub(crate) fn trace<'a>(&'a self, event: Event<'a>) -> Trace<'a> {
        Trace { operation: &self.plan.name, method: self.method(), path: &self.plan.template, event }
    }

    fn seek_token(&mut self, now: Now) -> Step {
        self.phase = Phase::Token;
        if self.effort.is_over(now.mono) {
            #[cfg(feature = "isv")]
            if let Some(error) = self.lacks_ticket(now) {
                return self.fail(error);
            }
            #[cfg(feature = "oauth")]
            if let Some(error) = self.unused() {
                return self.fail(error);
            }
            return self.out_of_time();
        }
        let Need::Slot(grant, key) = self.plan.need.clone() else { return self.send(now) };
        let may_wait = self.shared.options.share_flights || self.leads > 0;
        match self.shared.tokens.acquire(now, &key, self.waited.take(), may_wait, self.shared.flight_time()) {
            Decision::Use(held) => self.use_token(now, held),
            Decision::UseAndLead(held, lead) => {
                self.phase = Phase::Ready;
                self.held = Some(held);
                self.spawn(grant, lead)
            }
            Decision::Lead(lead) => self.lead(lead, grant),
            Decision::Wait(ticket, until) => {
                self.waited = Some(ticket.generation());
                Step::Wait { until: self.effort.cap(until), ticket: Some(ticket), why: Why::Token }
            }
            Decision::Fail(error) => self.fail(error),
        }
    }

    /// A token that comes back the same after a refusal is not sent again: the refusal is the answer.
    fn use_token(&mut self, now: Now, held: Held) -> Step {
        match self.refused.take_if(|(value, _)| *value == held.value) {
            Some((_, refusal)) => self.fail(refusal),
            None => {
                self.held = Some(held);
                self.send(now)
            }
        }
    }

    fn lead(&mut self, lead: Lead, grant: Grant) -> Step {
        self.leads += 1;
        if self.leads > MOST_LEADS {
            return self.fail(Error::new(
                Class::Transport,
                format!("no token after {MOST_LEADS} tries: they were dropped, or what came had expired"),
            ));
        }
        self.spawn(grant, lead)
    }

    fn spawn(&mut self, grant: Grant, lead: Lead) -> Step {
        Step::Spawn(Box::new(Refresh::new(self.shared.clone(), grant, lead, self.random.entropy())))
    }

    fn send(&mut self, now: Now) -> Step {
        #[cfg(feature = "project")]
        if let Some(step) = self.unrepeatable() {
            return step;
        }
        #[cfg(feature = "pacing")]
        if let Some(step) = self.turn(now) {
            return step;
        }
        #[cfg(feature = "jsapi")]
        if let (Some(page), Some(ticket)) = (&self.plan.page, &self.held) {
            let nonce = self.random.uuid().replace('-', "");
            let app_id = &self.shared.options.app_id;
            return Step::Done(Ok(Reply::of_json(crate::jsapi::config(app_id, &ticket.value, page, &nonce, now.wall))));
        }
        let Some(prepared) = &self.plan.prepared else { return Step::Done(Ok(self.token_reply())) };
        let request = self.request(now, prepared);
        self.effort.attempts += 1;
        Step::Send(Box::new(request))
    }

    fn received(&mut self, now: Now, response: Response) -> Step {
        let body = match response.body {
            Received::Buffered(body) => body,
            Received::Sunk { length } => {
                let before = if response.head.status == 206 { self.offset } else { 0 };
                return self.done(Reply::of_file(response.head, before + length));
            }
        };
        let wait = envelope::server_wait(&response.head.headers, now.wall);
        match envelope::read(response.head, body, &self.plan.expected) {
            #[cfg(feature = "oauth")]
            Ok(reply) if self.plan.polling.is_some() => self.take_sign_in(now, &reply),
            Ok(reply) => self.done(reply),
            Err(refusal) => self.refused(now, *refusal, wait),
        }
    }

    fn done(&mut self, mut reply: Reply) -> Step {
        self.shared.budget.earn();
        reply.attempts = self.effort.attempts;
        Step::Done(Ok(reply))
    }

    fn refused(
        &mut self,
        now: Now,
        #[cfg_attr(not(any(feature = "about", feature = "project")), allow(unused_mut))] mut refusal: Refusal,
        wait: Option<Duration>,
    ) -> Step {
        #[cfg(feature = "oauth")]
        if let Some(step) = self.ask_later(now, &refusal) {
            return step;
        }
        let is_bad_token = matches!(&self.plan.need, Need::Slot(grant, _) if grant.is_refused_by(refusal.action));
        if is_bad_token && self.may_change_token(now) {
            let value = self.held.take().map(|held| held.value).unwrap_or_default();
            self.refused = Some((value, refusal.error));
            return self.seek_token(now);
        }
        #[cfg(feature = "project")]
        self.explain_conflict(&mut refusal);
        let setback = Setback::of(refusal.action, &refusal.error);
        #[cfg(feature = "pacing")]
        if setback == Setback::RateLimited {
            self.note_refusal(now, &refusal.error, wait);
        }
        #[cfg(feature = "about")]
        self.add_application(&mut refusal.error);
        self.set_back(now, setback, wait, refusal.error)
    }

    /// Once per call, and once more for a token that was found; only for a token of ours, only if the body can be written again.
    fn may_change_token(&mut self, now: Now) -> bool {
        let (Need::Slot(_, key), Some(held)) = (&self.plan.need, &self.held) else { return false };
        let may = self.changes == 0 || self.changes == 1 && held.found.is_so();
        let may = may && self.is_repeatable() && self.shared.tokens.refuse(now, key, held);
        self.changes += u8::from(may);
        may
    }

    fn failed(&mut self, now: Now, failed: &TransportError) -> Step {
        // What the sink has taken is not asked for again, unless the caller asked for a range of their own.
        if self.plan.prepared.as_ref().is_some_and(|prepared| prepared.headers.get("range").is_none()) {
            self.offset += failed.received;
        }
        self.set_back(now, transport::setback(failed), None, transport::error(failed))
    }

    fn set_back(&mut self, now: Now, setback: Setback, wait: Option<Duration>, mut error: Error) -> Step {
        let repetition = Repetition { is_safe: self.plan.is_safe, is_repeatable: self.is_repeatable() };
        if may_resend(setback, repetition)
            && let Next::Resend { until, why } = self.effort.next(now.mono, setback, wait, &self.shared.budget, &mut self.random)
        {
            #[cfg(feature = "project")]
            self.note_setback(setback);
            self.last = Some(error);
            return Step::Wait { until, ticket: None, why };
        }
        error.parts_mut().retry_after = wait.filter(|_| error.retryable);
        // A time-out says less than the platform's own refusal before it.
        let earlier = self.last.take().filter(|last| error.answer.is_none() && last.answer.is_some() && error.class() == Class::Timeout);
        self.fail(earlier.unwrap_or(error))
    }

    fn is_repeatable(&self) -> bool {
        self.plan.prepared.as_ref().is_none_or(Prepared::is_repeatable)
    }
}
