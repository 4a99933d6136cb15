//! What is doubtful about a landmark.

use std::fmt;

/// What is doubtful about a landmark whose status is `ok`.
///
/// Each is defined by the error that it stands for, the same for every method; `docs/trust.md` has the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Flag {
    /// Another draw of the noise would have answered at a second peak.
    Bimodal,
    /// The border or a mask cuts what lies about the peak, and the answer is off for it.
    Border,
    /// The answer is not where the peak is: what lies elsewhere draws it, or the temperature is too low.
    Diffuse,
    /// The peak does not stand out of the map's own noise.
    Faint,
    /// The method could not answer; the reason says which rule did.
    Fallback,
    /// The answer lies beyond the outermost voxel centres.
    Outside,
    /// Touching voxels share the maximum, and the answer is off for it.
    Plateau,
}

impl Flag {
    /// Every flag, in the order of their names.
    pub const ALL: [Flag; 7] = [
        Flag::Bimodal,
        Flag::Border,
        Flag::Diffuse,
        Flag::Faint,
        Flag::Fallback,
        Flag::Outside,
        Flag::Plateau,
    ];

    /// The word in the `flags` column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Flag::Bimodal => "bimodal",
            Flag::Border => "border",
            Flag::Diffuse => "diffuse",
            Flag::Faint => "faint",
            Flag::Fallback => "fallback",
            Flag::Outside => "outside",
            Flag::Plateau => "plateau",
        }
    }

    /// What it says of a landmark, in a line.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Flag::Bimodal => "a second peak would have answered elsewhere, had the noise been drawn again",
            Flag::Border => {
                "the border or a mask cuts what lies about the peak, and the answer is off for it"
            }
            Flag::Diffuse => {
                "the answer is not where the peak is: what lies elsewhere draws it, or the temperature is \
                 too low"
            }
            Flag::Faint => "the peak does not stand out of the map's own noise",
            Flag::Fallback => "the method could not answer; the reason says which rule did",
            Flag::Outside => "the answer lies beyond the outermost voxel centres",
            Flag::Plateau => "touching voxels share the maximum, and the answer is off for it",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The flags of one landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// Adds a flag.
    pub(crate) fn set(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u8;
    }

    /// Whether a flag is among them.
    #[must_use]
    pub fn has(self, flag: Flag) -> bool {
        self.0 & 1 << flag as u8 != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are set, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |&flag| self.has(flag))
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Flags {
        let mut all = Flags::default();
        flags.into_iter().for_each(|flag| all.set(flag));
        all
    }
}

impl fmt::Display for Flags {
    /// Their names in order, joined by a space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, flag) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(flag.name())?;
        }
        Ok(())
    }
}
