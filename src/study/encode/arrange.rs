//! Which landmark is in which map: samples and channels.

use super::EncodeError;
use crate::points::{Point, PointSet, State};
use std::collections::HashMap;
use std::path::PathBuf;

/// More channels than any list of landmarks has.
const MOST: usize = 1 << 16;

/// Landmarks by sample and channel.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// The name of each channel, where there is one.
    pub labels: Vec<Option<String>>,
    /// For each sample the landmark of each channel; `None` where it is missing.
    pub samples: Vec<Vec<Option<Point>>>,
    /// How many landmarks are missing.
    pub missing: usize,
}

/// Arranges landmarks: each file is a sample, and within a file each input and sample of its own that it
/// names.
///
/// A channel is the number `c` of the file. Where not every landmark has one, landmarks are told apart by
/// name, and channels are the names in the order in which they appear; where none has a name either, by
/// their place in the sample.
///
/// # Errors
/// [`EncodeError`]: there is no landmark; a landmark has no voxel coordinates; two are for the same map.
pub fn arrange(sets: &[PointSet]) -> Result<Arranged, EncodeError> {
    let mut samples: Vec<Vec<&Point>> = Vec::new();
    for set in sets {
        let mut known: HashMap<(Option<PathBuf>, Option<usize>), usize> = HashMap::new();
        for point in &set.points {
            let place = *known.entry((point.file.clone(), point.n)).or_insert(samples.len());
            if place == samples.len() {
                samples.push(Vec::new());
            }
            samples[place].push(point);
        }
    }
    let all = || samples.iter().flatten().filter(|point| point.state != State::Unreadable);
    if all().next().is_none() {
        return Err(EncodeError::Empty);
    }
    let mut channels = Channels { has_numbers: all().all(|point| point.c.is_some()), names: HashMap::new() };
    let mut arranged = Arranged::default();
    for (sample, points) in samples.iter().enumerate() {
        let mut maps: Vec<Option<Point>> = Vec::new();
        let mut is_taken: Vec<bool> = Vec::new();
        for (place, &point) in points.iter().enumerate().filter(|(_, point)| point.state != State::Unreadable)
        {
            let channel = channels.of(point, place)?;
            let length = maps.len().max(channel + 1);
            maps.resize(length, None);
            is_taken.resize(length, false);
            if std::mem::replace(&mut is_taken[channel], true) {
                return Err(EncodeError::Doubled { sample, name: point.name() });
            }
            if arranged.labels.len() <= channel {
                arranged.labels.resize(channel + 1, None);
            }
            if arranged.labels[channel].is_none() {
                arranged.labels[channel].clone_from(&point.label);
            }
            if point.state == State::Present {
                if point.voxel.is_none() {
                    return Err(EncodeError::NoVoxels { name: point.name() });
                }
                maps[channel] = Some(point.clone());
            }
        }
        arranged.samples.push(maps);
    }
    let channels = arranged.labels.len();
    for maps in &mut arranged.samples {
        maps.resize(channels, None);
        arranged.missing += maps.iter().filter(|map| map.is_none()).count();
    }
    Ok(arranged)
}

/// How landmarks are told apart.
struct Channels<'a> {
    /// Whether each has a number.
    has_numbers: bool,
    /// Else the channel of each name.
    names: HashMap<&'a str, usize>,
}

impl<'a> Channels<'a> {
    /// The channel of a landmark, which has that place in its sample.
    fn of(&mut self, point: &'a Point, place: usize) -> Result<usize, EncodeError> {
        let channel = match (point.c, &point.label) {
            (Some(c), _) if self.has_numbers => c,
            (_, Some(label)) => {
                let next = self.names.len();
                *self.names.entry(label).or_insert(next)
            }
            (_, None) if self.names.is_empty() => place,
            (_, None) => return Err(EncodeError::Mixed { name: point.name() }),
        };
        if channel < MOST { Ok(channel) } else { Err(EncodeError::Channels { most: MOST, found: channel }) }
    }
}
