//! How a call waits for its turn among the calls of a fleet.

use std::sync::Arc;

use super::Call;
use crate::pacing::Counted;
use crate::pacing::fleet::{Fleet, Next, Seat, Turn, cautious};
use crate::step::{Answer, Step, Why};
use crate::time::Now;

impl Call {
    /// What comes before its turn; nothing when it may go.
    pub(super) fn turn_in_fleet(&mut self, fleet: &Arc<Fleet>, now: Now, counted: Counted) -> Option<Step> {
        let seat = self.seat(fleet, now, &counted);
        if let Some(flight) = &mut self.waiting.flight {
            self.waiting.seat = Some((counted, seat));
            return Some(Step::Ask(flight.load(now.mono)));
        }
        let step = match seat.ask(now.mono) {
            Turn::Go => {
                self.waiting.place = None;
                self.shared.pacer.note(now.mono, &counted, &cautious(&self.plan.paced.as_ref()?.windows));
                return None;
            }
            Turn::Wait { until, ready } => Some(self.wait_for_turn(now, until, ready)),
            Turn::Fetch(mut flight) => {
                let ask = flight.load(now.mono);
                self.waiting.flight = Some(flight);
                Some(Step::Ask(ask))
            }
            Turn::Alone => match self.turn_in_client(now, counted.clone(), cautious) {
                None => {
                    seat.goes_alone(now.mono, &self.plan.paced.as_ref()?.windows);
                    return None;
                }
                step => step,
            },
        };
        self.waiting.seat = Some((counted, seat));
        step
    }

    /// Its place among those of this client, from the last time or at the end.
    fn seat(&mut self, fleet: &Arc<Fleet>, now: Now, counted: &Counted) -> Seat {
        match self.waiting.seat.take() {
            Some((known, seat)) if known == *counted => seat,
            _ => {
                self.waiting.flight = None;
                fleet.queue(now.mono, &self.key(counted))
            }
        }
    }

    /// The fleet's store has answered.
    pub(super) fn store_answered(&mut self, now: Now, answer: Answer) -> Step {
        let (Some(flight), Some(paced)) = (&mut self.waiting.flight, &self.plan.paced) else { return self.seek_token(now) };
        match flight.answered(now.mono, answer, &paced.windows, &mut self.random) {
            Next::Ask(ask) => Step::Ask(ask),
            Next::Pause(until) => Step::Wait { until: self.effort.cap(until), ticket: None, why: Why::Pacing },
            Next::Over(complaint) => {
                (self.waiting.flight, self.waiting.complaint) = (None, complaint);
                self.seek_token(now)
            }
        }
    }

    /// Why the store of the pace has just begun to fail, for [`Event::StoreFailed`](crate::Event::StoreFailed); told once. For a loop of your own in
    /// the place of [`drive()`](crate::drive()).
    pub fn take_complaint(&mut self) -> Option<String> {
        self.waiting.complaint.take()
    }

    /// What the store knows the calls by that are counted together.
    pub(super) fn key(&self, counted: &Counted) -> String {
        counted.key(self.shared.base.as_str(), &self.shared.options.app_id)
    }
}
