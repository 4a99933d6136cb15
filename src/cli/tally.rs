//! What decides the exit status of a run, counted while it goes on.

use super::exit::Exit;
use crate::landmark::Status;
use crate::pipeline::Decoded;
use crate::plan::Plan;

/// Counts of what went wrong in a run.
pub(super) struct Tally<'a> {
    plan: &'a Plan,
    unreadable: usize,
    failing: usize,
}

impl<'a> Tally<'a> {
    /// A tally of a run that has not begun.
    pub(super) fn new(plan: &'a Plan) -> Tally<'a> {
        Tally { plan, unreadable: 0, failing: 0 }
    }

    /// Counts an input.
    pub(super) fn add(&mut self, decoded: &Decoded) {
        if decoded.record.error.is_some() {
            self.unreadable += 1;
            self.add_status(Status::Unreadable, 1);
        }
        for (status, count) in count_statuses(decoded) {
            self.add_status(status, count);
        }
    }

    /// Counts some landmarks of one status.
    pub(super) fn add_status(&mut self, status: Status, count: usize) {
        if self.plan.fail_on.contains(&status) {
            self.failing += count;
        }
    }

    /// The exit status so far.
    pub(super) fn exit(&self) -> Exit {
        if self.unreadable > self.plan.max_failures {
            Exit::Unreadable
        } else if self.failing > 0 {
            Exit::Failing
        } else {
            Exit::Done
        }
    }
}

/// How many heatmaps have each status; the further peaks of a heatmap do not count.
pub(super) fn count_statuses(decoded: &Decoded) -> Vec<(Status, usize)> {
    let count = |status| decoded.first_peaks().filter(|landmark| landmark.status == status).count();
    Status::ALL.into_iter().map(|status| (status, count(status))).filter(|&(_, count)| count > 0).collect()
}
