//! May this be sent again, and when?

use std::sync::Mutex;
use std::time::Duration;

use crate::codes::Action;
use crate::error::Error;
use crate::random::Random;
use crate::step::Why;
use crate::time::{Mono, millis};

/// Why an attempt did not end the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setback {
    /// The request was certainly never written.
    NeverSent,
    /// It may have been executed: a time-out, or an answer that broke off.
    Lost,
    /// The platform did not execute it: too many calls.
    RateLimited,
    /// The platform is busy or has a fault.
    Busy,
    /// Sending it again cannot help.
    Final,
}

impl Setback {
    /// What a refusal of the platform, or of a gateway before it, means.
    pub(crate) fn of(action: Option<Action>, error: &Error) -> Self {
        let status = error.answer.as_ref().map_or(0, |answer| answer.status);
        match (action, status) {
            (Some(Action::Rate), _) | (None, 429) => Setback::RateLimited,
            (Some(Action::Busy), _) | (None, 500..) => Setback::Busy,
            // A 2xx answer that broke off in the middle of its JSON.
            (None, 200..=299) if error.retryable => Setback::Lost,
            _ => Setback::Final,
        }
    }
}

/// What is known about a request's repetition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repetition {
    /// The method is idempotent, the operation only reads, or an idempotency key is in it.
    pub(crate) is_safe: bool,
    /// The body can be written a second time.
    pub(crate) is_repeatable: bool,
}

/// Whether a request may be sent again after the setback.
pub(crate) fn may_resend(setback: Setback, repetition: Repetition) -> bool {
    repetition.is_repeatable
        && match setback {
            Setback::NeverSent | Setback::RateLimited => true,
            Setback::Lost | Setback::Busy => repetition.is_safe,
            Setback::Final => false,
        }
}

/// What a machine does after a setback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Waits until then and sends again.
    Resend {
        until: Mono,
        why: Why,
    },
    GiveUp,
}

/// The attempts of one call: how many there were, how many there may be, until when.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    pub(crate) attempts: u32,
    max_retries: u32,
    max_wait: Option<Duration>,
    deadline: Option<Mono>,
}

impl Effort {
    pub(crate) fn new(max_retries: u32, max_wait: Option<Duration>) -> Self {
        Self { attempts: 0, max_retries, max_wait, deadline: None }
    }

    /// Starts the clock of the whole call.
    pub(crate) fn start(&mut self, now: Mono) {
        self.deadline = self.max_wait.map(|span| now + span);
    }

    /// What is left until the deadline; `None` where there is none.
    pub(crate) fn left(&self, now: Mono) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.since(now))
    }

    pub(crate) fn is_over(&self, now: Mono) -> bool {
        self.left(now).is_some_and(|left| left.is_zero())
    }

    /// The earlier of the moment and the deadline.
    pub(crate) fn cap(&self, moment: Mono) -> Mono {
        self.deadline.map_or(moment, |deadline| moment.min(deadline))
    }

    /// The decision after a setback that [`may_resend`] allows; `wait` is the server's own waiting time.
    pub(crate) fn next(&self, now: Mono, setback: Setback, wait: Option<Duration>, budget: &Budget, random: &mut Random) -> Next {
        if self.attempts > self.max_retries {
            return Next::GiveUp;
        }
        let until = now + wait.unwrap_or_else(|| backoff(self.attempts, random));
        if self.deadline.is_some_and(|deadline| until >= deadline) || !budget.spend() {
            return Next::GiveUp;
        }
        let attempt = self.attempts + 1;
        let why = if setback == Setback::RateLimited { Why::RateLimit { attempt } } else { Why::Backoff { attempt } };
        Next::Resend { until, why }
    }
}

/// Exponential back-off with full jitter: up to 0.5 s, 1 s, 2 s, … 30 s.
fn backoff(attempts: u32, random: &mut Random) -> Duration {
    let cap = Duration::from_millis(500).saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(Duration::from_secs(30));
    Duration::from_millis(random.up_to(millis(cap)))
}

/// The retries that a client may still spend, so that an outage is not answered with a storm.
///
/// It holds 100 retries; every twenty calls that succeed at once bring back four.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Self::FULL))
    }

    /// Takes one retry, if there is one left.
    fn spend(&self) -> bool {
        let mut left = crate::auth::lock(&self.0);
        let rest = left.checked_sub(Self::RETRY);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }

    /// A call succeeded.
    pub(crate) fn earn(&self) {
        let mut left = crate::auth::lock(&self.0);
        *left = (*left + 1).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Entropy;

    fn random() -> Random {
        Random::new(Entropy([1; 32]))
    }

    #[test]
    fn what_may_be_sent_again() {
        use Setback::*;
        let safe = Repetition { is_safe: true, is_repeatable: true };
        let write = Repetition { is_safe: false, is_repeatable: true };
        let stream = Repetition { is_safe: true, is_repeatable: false };
        for (setback, of_safe, of_write) in
            [(NeverSent, true, true), (RateLimited, true, true), (Lost, true, false), (Busy, true, false), (Final, false, false)]
        {
            assert_eq!(may_resend(setback, safe), of_safe, "{setback:?}");
            assert_eq!(may_resend(setback, write), of_write, "{setback:?}");
            assert!(!may_resend(setback, stream), "{setback:?}");
        }
    }

    #[test]
    fn backoff_grows_and_stays_below_its_cap() {
        let mut random = random();
        for (attempts, cap) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (40, 30_000)] {
            let longest = (0..500).map(|_| backoff(attempts, &mut random)).max().unwrap();
            assert!(longest <= Duration::from_millis(cap), "{attempts}: {longest:?}");
            assert!(longest > Duration::from_millis(cap * 9 / 10), "{attempts}: {longest:?}");
        }
    }

    #[test]
    fn the_servers_time_wins_and_the_deadline_bounds_it() {
        let mut effort = Effort::new(2, Some(Duration::from_secs(60)));
        effort.start(Mono(0));
        effort.attempts = 1;
        let next = |wait| effort.next(Mono(1000), Setback::RateLimited, Some(Duration::from_secs(wait)), &Budget::new(), &mut random());
        assert_eq!(next(52), Next::Resend { until: Mono(53_000), why: Why::RateLimit { attempt: 2 } });
        assert_eq!(next(59), Next::GiveUp);
    }

    #[test]
    fn retries_and_budget_end() {
        let mut effort = Effort::new(2, None);
        effort.start(Mono(0));
        effort.attempts = 3;
        assert_eq!(effort.next(Mono(0), Setback::Busy, None, &Budget::new(), &mut random()), Next::GiveUp);
        effort.attempts = 1;
        let budget = Budget::new();
        let granted = (0..200).filter(|_| effort.next(Mono(0), Setback::Busy, None, &budget, &mut random()) != Next::GiveUp).count();
        assert_eq!(granted, 100);
        (0..5).for_each(|_| budget.earn());
        assert!(budget.spend() && !budget.spend());
    }
}
