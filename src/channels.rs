//! Which channels of an input are decoded, and which label each of them has.
//!
//! A list of channels is typed before any input is opened, and is held against each input's own number of
//! channels: an answer for fewer channels than were asked for would look complete.

use crate::error::InputError;

/// Which channels are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channels {
    /// All of them.
    #[default]
    All,
    /// Inclusive ranges, 0-based, as typed; without an end, up to the last channel of each input.
    Ranges(Vec<(usize, Option<usize>)>),
}

impl Channels {
    /// Those of an input with `count` channels.
    ///
    /// # Errors
    /// [`InputError::Channels`] if a range goes beyond them, or begins there: an open range takes at least
    /// one channel.
    pub(crate) fn of(&self, count: usize) -> Result<Selection, InputError> {
        let Channels::Ranges(ranges) = self else { return Ok(Selection { count, ranges: None }) };
        let highest = ranges.iter().map(|&(first, last)| last.unwrap_or(first)).max().unwrap_or(0);
        if highest >= count {
            return Err(InputError::Channels { expected: highest, found: count });
        }
        let closed = ranges.iter().map(|&(first, last)| (first, last.unwrap_or(count - 1)));
        Ok(Selection { count, ranges: Some(joined(closed.collect())) })
    }

    /// How many of `count` channels are decoded.
    #[must_use]
    pub(crate) fn count(&self, count: usize) -> usize {
        self.of(count).map_or(0, |selection| selection.selected())
    }
}

/// The ranges in order, merged where they overlap.
///
/// A channel that is named twice is decoded once, and channels come in the order of the file.
fn joined(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// The channels of one input that are decoded. It keeps ranges, because a header may declare any number.
#[derive(Clone, Debug)]
pub struct Selection {
    count: usize,
    /// In order, without overlap; `None` for all.
    ranges: Option<Vec<(usize, usize)>>,
}

impl Selection {
    /// How many channels the input has, and at least 1.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.count.max(1)
    }

    /// Whether the channel of a heatmap, counted through samples and channels, is decoded.
    #[must_use]
    pub fn has(&self, heatmap: usize) -> bool {
        let channel = heatmap % self.channels();
        let is_in = |&(first, last): &(usize, usize)| (first..=last).contains(&channel);
        self.ranges.as_ref().is_none_or(|ranges| ranges.iter().any(is_in))
    }

    /// The channels that `labels` names are for, as ranges in order; `None` for all of the file.
    ///
    /// A list of names is kept for a study, and channels are chosen for a run: so there may be a name for
    /// each channel of the file. Or it was written for the run: a name for each channel that is decoded. If
    /// both are as many, all are decoded.
    ///
    /// # Errors
    /// [`InputError::Labels`] if there are as many of neither.
    pub(crate) fn labelled(&self, labels: usize) -> Result<Option<Vec<(usize, usize)>>, InputError> {
        if labels == self.count {
            return Ok(None);
        }
        let (found, selected) = (self.count, self.selected());
        let ranges = self.ranges.clone().filter(|_| labels == selected);
        ranges.map(Some).ok_or(InputError::Labels { expected: labels, found, selected })
    }

    /// How many are decoded.
    #[must_use]
    pub fn selected(&self) -> usize {
        let length = |&(first, last): &(usize, usize)| last - first + 1;
        self.ranges.as_ref().map_or(self.count, |ranges| ranges.iter().map(length).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_by_hand() {
        let closed = |first, last| (first, Some(last));
        let ranges = Channels::Ranges(vec![closed(4, 6), closed(0, 1), closed(5, 8), closed(1, 1)]);
        let selection = ranges.of(10).unwrap();
        // 0, 1, 4 to 8.
        assert_eq!((selection.channels(), selection.selected()), (10, 7));
        let first: Vec<usize> = (0..20).filter(|&heatmap| selection.has(heatmap)).collect();
        assert_eq!(first, [0, 1, 4, 5, 6, 7, 8, 10, 11, 14, 15, 16, 17, 18]);
        assert!(matches!(ranges.of(8), Err(InputError::Channels { expected: 8, found: 8 })));
        // Any number, without a byte for each.
        assert_eq!(Channels::All.count(usize::MAX), usize::MAX);
        assert_eq!(Channels::Ranges(vec![closed(0, usize::MAX - 1)]).count(usize::MAX), usize::MAX);
        assert_eq!(Channels::Ranges(vec![(1, None)]).count(usize::MAX), usize::MAX - 1);
        assert!(Channels::All.of(0).unwrap().has(3));
    }

    #[test]
    fn labels_are_for_all_channels_or_for_those_that_are_decoded() {
        let selection = Channels::Ranges(vec![(4, None), (1, Some(2))]).of(6).unwrap();
        assert_eq!(selection.labelled(6).unwrap(), None);
        assert_eq!(selection.labelled(4).unwrap(), Some(vec![(1, 2), (4, 5)]));
        for labels in [0, 3, 5, 7] {
            let error = selection.labelled(labels).unwrap_err();
            let expected = format!("there are {labels} labels for 6 channels, 4 of them chosen");
            assert_eq!(error.to_string(), expected);
        }
        let all = Channels::All.of(2).unwrap();
        assert_eq!(all.labelled(2).unwrap(), None);
        assert_eq!(all.labelled(1).unwrap_err().to_string(), "there is 1 label for 2 channels");
    }

    #[test]
    fn a_range_without_an_end_goes_to_the_last_channel() {
        let chosen = |ranges: &[(usize, Option<usize>)], count| {
            let selection = Channels::Ranges(ranges.to_vec()).of(count).unwrap();
            (0..count).filter(|&channel| selection.has(channel)).collect::<Vec<_>>()
        };
        assert_eq!(chosen(&[(1, None)], 4), [1, 2, 3]);
        assert_eq!(chosen(&[(3, None), (0, Some(0))], 5), [0, 3, 4]);
        assert_eq!(chosen(&[(3, None), (2, None)], 4), [2, 3]);
        for count in [0, 3] {
            let none = Channels::Ranges(vec![(3, None)]).of(count);
            assert!(matches!(none, Err(InputError::Channels { expected: 3, found }) if found == count));
        }
    }
}
