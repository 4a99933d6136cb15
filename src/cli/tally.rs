//! What decides the exit status of a run, counted while it goes on.

use super::exit::Exit;
use crate::landmark::{Flag, Flags, Status};
use crate::pipeline::Decoded;
use crate::plan::{FailOn, Plan};

/// How many heatmaps have each status, and how many landmarks each flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    statuses: [usize; Status::ALL.len()],
    flags: [usize; Flag::ALL.len()],
}

impl Counts {
    /// Those of an input. The further peaks of a heatmap have flags of their own and no status that counts;
    /// an input that could not be decoded counts as one that is unreadable.
    pub(super) fn of(decoded: &Decoded) -> Counts {
        let mut counts = Counts::default();
        if decoded.record.error.is_some() {
            counts.add_status(Status::Unreadable, 1);
        }
        for landmark in decoded.first_peaks().filter(|landmark| landmark.status != Status::Unreadable) {
            counts.add_status(landmark.status, 1);
        }
        let is_flagged = |flags: &Flags| !flags.is_empty();
        for flags in decoded.landmarks.iter().map(|landmark| landmark.flags).filter(is_flagged) {
            flags.iter().for_each(|flag| counts.add_flag(flag, 1));
        }
        counts
    }

    /// Adds heatmaps of one status.
    pub(super) fn add_status(&mut self, status: Status, count: usize) {
        self.statuses[status as usize] += count;
    }

    /// Adds landmarks with a flag.
    pub(super) fn add_flag(&mut self, flag: Flag, count: usize) {
        self.flags[flag as usize] += count;
    }

    /// Adds those of another input.
    pub(super) fn add(&mut self, other: &Counts) {
        for status in Status::ALL {
            self.add_status(status, other.statuses[status as usize]);
        }
        for flag in Flag::ALL {
            self.add_flag(flag, other.flags[flag as usize]);
        }
    }

    /// How many heatmaps have each status that was found; an unreadable input has none.
    pub(super) fn statuses(&self) -> impl Iterator<Item = (Status, usize)> + '_ {
        let decoded = Status::ALL.into_iter().filter(|&status| status != Status::Unreadable);
        decoded.map(|status| (status, self.statuses[status as usize])).filter(|&(_, count)| count > 0)
    }

    /// How many landmarks have each flag that was found.
    pub(super) fn flags(&self) -> impl Iterator<Item = (Flag, usize)> + '_ {
        Flag::ALL.into_iter().map(|flag| (flag, self.flags[flag as usize])).filter(|&(_, count)| count > 0)
    }

    /// What of `--fail-on` was found, as text; `None` if nothing was.
    pub(super) fn failing(&self, fail_on: &FailOn) -> Option<String> {
        let statuses = fail_on.statuses.iter().map(|&status| {
            let noun = if status == Status::Unreadable { "input" } else { "landmark" };
            (self.statuses[status as usize], noun, status.name())
        });
        let flags = fail_on.flags.iter().map(|&flag| (self.flags[flag as usize], "landmark", flag.name()));
        let found: Vec<String> = statuses
            .chain(flags)
            .filter(|&(count, ..)| count > 0)
            .map(|(count, noun, name)| format!("{count} {noun}{} {name}", if count == 1 { "" } else { "s" }))
            .collect();
        (!found.is_empty()).then(|| found.join(", "))
    }
}

/// What went wrong in a run.
pub(super) struct Tally<'a> {
    plan: &'a Plan,
    unreadable: usize,
    counts: Counts,
}

impl<'a> Tally<'a> {
    /// A tally of a run that has not begun.
    pub(super) fn new(plan: &'a Plan) -> Tally<'a> {
        Tally { plan, unreadable: 0, counts: Counts::default() }
    }

    /// Counts an input.
    pub(super) fn add(&mut self, decoded: &Decoded) {
        self.unreadable += usize::from(decoded.record.error.is_some());
        self.counts.add(&Counts::of(decoded));
    }

    /// Counts an input that an earlier run decoded.
    pub(super) fn add_done(&mut self, counts: &Counts) {
        self.counts.add(counts);
    }

    /// The exit status so far.
    pub(super) fn exit(&self) -> Exit {
        if self.unreadable > self.plan.max_failures {
            Exit::Unreadable
        } else if self.counts.failing(&self.plan.fail_on).is_some() {
            Exit::Failing
        } else {
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_said_with_its_noun() {
        let mut counts = Counts::default();
        counts.add_status(Status::Unreadable, 1);
        counts.add_status(Status::Empty, 2);
        counts.add_status(Status::Ok, 3);
        counts.add_flag(Flag::Diffuse, 1);
        let fail_on = |statuses: &[Status], flags: &[Flag]| FailOn {
            statuses: statuses.to_vec(),
            flags: flags.to_vec(),
        };
        let all = fail_on(&[Status::Unreadable, Status::Empty, Status::Flat], &[Flag::Diffuse, Flag::Border]);
        assert_eq!(
            counts.failing(&all).as_deref(),
            Some("1 input unreadable, 2 landmarks empty, 1 landmark diffuse")
        );
        assert_eq!(counts.failing(&fail_on(&[Status::Flat], &[Flag::Border])), None);
        assert!(counts.statuses().eq([(Status::Empty, 2), (Status::Ok, 3)]));
        assert!(counts.flags().eq([(Flag::Diffuse, 1)]));
    }
}
