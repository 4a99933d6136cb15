//! The warnings of a run, gathered: a thousand inputs with one fault make one message, not a thousand.

use super::hints::Run;
use crate::landmark::{Flag, InputRecord};
use crate::shown;
use crate::warning::{Place, Warning, sharper};
use std::fmt;

/// Warnings of a run, by kind: how many, and the first three places.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings {
    kinds: Vec<Kind>,
    /// The name of each channel, if it has one.
    labels: Vec<String>,
    /// Whether the output says which landmarks have a flag or a reason.
    rows_have_flags: bool,
    /// What hints must know of the run.
    run: Run,
}

/// What was found of one kind.
#[derive(Clone, Debug)]
struct Kind {
    /// The first warning of the kind.
    warning: Warning,
    inputs: usize,
    /// How many landmarks, for flags; else how many inputs.
    count: usize,
    /// The first places, as text.
    places: Vec<String>,
    /// The β that does for all landmarks.
    beta: Option<f64>,
}

impl Warnings {
    /// No warnings yet of a `run`. Channels have these `labels`, and flags may stand in the rows of the
    /// output.
    pub(super) fn new(labels: &[String], rows_have_flags: bool, run: Run) -> Warnings {
        Warnings { kinds: Vec::new(), labels: labels.to_vec(), rows_have_flags, run }
    }

    /// Takes in a warning about an input.
    pub(super) fn add(&mut self, input: &InputRecord, warning: &Warning) {
        let found = self.kinds.iter().position(|kind| kind.warning.kind() == warning.kind());
        let count = warning.landmarks().unwrap_or(1);
        let beta = match warning {
            Warning::Flagged { beta, .. } => *beta,
            _ => None,
        };
        let index = found.unwrap_or_else(|| {
            let warning = warning.clone();
            self.kinds.push(Kind { warning, inputs: 0, count: 0, places: Vec::new(), beta });
            self.kinds.len() - 1
        });
        let kept = self.kinds[index].places.len();
        let places = self.places(input, warning, Warning::PLACES - kept);
        let kind = &mut self.kinds[index];
        kind.inputs += 1;
        kind.count += count;
        kind.beta = sharper(kind.beta, beta);
        kind.places.extend(places);
    }

    /// At most `room` places of a warning.
    fn places(&self, input: &InputRecord, warning: &Warning, room: usize) -> Vec<String> {
        let path = &input.file;
        let place = |&(n, c, peak): &(usize, usize, usize)| {
            let label = input.label_index(c).and_then(|index| self.labels.get(index));
            let label = label.map_or_else(String::new, |label| format!(" ({})", shown::text(label)));
            format!("`{}`: {}{label}", shown::path(path), Place((n, c, peak)))
        };
        match warning {
            Warning::Flagged { first, .. } | Warning::Reasoned { first, .. } => {
                first.iter().take(room).map(place).collect()
            }
            Warning::Source(_) | Warning::Member { .. } | Warning::PathUnmatched if room == 0 => Vec::new(),
            Warning::PathUnmatched => vec![format!("`{}`", shown::path(path))],
            Warning::Source(_) => vec![format!("`{}`: {warning}", shown::path(path))],
            // It names the file itself.
            Warning::Member { .. } => vec![warning.to_string()],
        }
    }

    /// Writes one kind.
    fn write(&self, f: &mut fmt::Formatter<'_>, kind: &Kind) -> fmt::Result {
        let Kind { warning, inputs, count, places, beta } = kind;
        let (name, of_inputs) = (warning.kind(), counted(*inputs, "input"));
        match warning.summary() {
            Some(summary) => {
                let landmarks = counted(*count, "landmark");
                writeln!(f, "warning: {name}: {landmarks} of {of_inputs}: {summary}")?;
            }
            None => writeln!(f, "warning: {name}: {of_inputs}")?,
        }
        places.iter().try_for_each(|place| writeln!(f, "  {place}"))?;
        if *count > places.len() {
            let column = match warning {
                Warning::Flagged { .. } if self.rows_have_flags => ": see the column `flags`",
                Warning::Reasoned { .. } if self.rows_have_flags => ": see the column `reason`",
                _ => "",
            };
            writeln!(f, "  and {} more{column}", count - places.len())?;
        }
        writeln!(f, "  hint: {}", self.run.hint(warning, *count, *beta))
    }
}

/// Whether a warning is for those who ask for more: whoever reads the row sees the reason.
pub(super) fn is_minor(warning: &Warning) -> bool {
    matches!(warning, Warning::Flagged { flag: Flag::Fallback, .. })
}

/// A number with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kinds.iter().try_for_each(|kind| self.write(f, kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Settings;
    use crate::landmark::Reason;

    fn input(file: &str) -> InputRecord {
        InputRecord { file: file.into(), ..InputRecord::default() }
    }

    #[test]
    fn flags_are_gathered_over_the_run() {
        let run = Run::of(&Settings::default());
        let mut warnings = Warnings::new(&["left".into(), "right".into()], true, run);
        let flagged = |count, first: &[(usize, usize, usize)], beta| Warning::Flagged {
            flag: Flag::Diffuse,
            count,
            first: first.to_vec(),
            beta,
        };
        warnings.add(&input("a"), &flagged(2, &[(0, 0, 0), (0, 1, 0)], Some(17.2)));
        let two = warnings.to_string();
        assert!(two.starts_with(
            "warning: diffuse: 2 landmarks of 1 input: the answer is not where the peak is: what lies \
             elsewhere draws it, or the temperature is too low\n  `a`: n 0, c 0 (left)\n  `a`: n 0, c 1 \
             (right)\n  hint: `--method auto`"
        ));
        assert!(two.contains("`--beta 18` or `--temperature 0.058`"), "{two}");
        warnings.add(&input("b"), &flagged(578, &[(0, 0, 0), (0, 1, 0), (1, 0, 0)], Some(40.0)));
        let all = warnings.to_string();
        assert!(all.starts_with("warning: diffuse: 580 landmarks of 2 inputs"));
        assert!(all.contains("  `b`: n 0, c 0 (left)\n  and 577 more: see the column `flags`\n"), "{all}");
        assert!(all.contains("`--beta 40` or `--temperature 0.025`"), "{all}");
        assert!(!is_minor(&flagged(1, &[(0, 0, 0)], None)));
        let fallback =
            Warning::Flagged { flag: Flag::Fallback, count: 1, first: vec![(0, 0, 0)], beta: None };
        assert!(is_minor(&fallback));
        warnings.add(&input("c"), &flagged(1, &[(0, 0, 0)], None));
        assert!(!warnings.to_string().contains("--temperature"));
    }
    #[test]
    fn reasons_are_gathered_as_flags_are() {
        let mut warnings = Warnings::new(&[], true, Run::of(&Settings::default()));
        let first = vec![(0, 0, 0), (0, 1, 0), (0, 2, 0)];
        let reasoned = |reason| Warning::Reasoned { reason, count: 4, first: first.clone() };
        warnings.add(&input("a"), &reasoned(Reason::NotJudged));
        warnings.add(&input("b"), &reasoned(Reason::NotJudged));
        warnings.add(&input("b"), &reasoned(Reason::NoMean));
        assert_eq!(
            warnings.to_string(),
            "warning: not-judged: 8 landmarks of 2 inputs: flags not judged: no place for a temporary copy \
             (see TMPDIR)\n  `a`: n 0, c 0\n  `a`: n 0, c 1\n  `a`: n 0, c 2\n  and 5 more: see the column \
             `reason`\n  hint: set `TMPDIR` to a directory that can be written and has more \
             room\n\
             warning: no-mean: 4 landmarks of 1 input: the weights have no sum above 0, and so no mean\n  \
             `b`: n 0, c 0\n  `b`: n 0, c 1\n  `b`: n 0, c 2\n  and 1 more: see the column `reason`\n  \
             hint: `--method auto` takes values of any sign\n"
        );
    }
}
