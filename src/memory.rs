//! Memory whose size an input decides: asked for before it is used, and an error if there is none.
//!
//! Rust ends the process when an ordinary allocation fails, and one input would take all others with it. So
//! whatever grows with an input grows through this file, and a failure makes that input unreadable.
//!
//! The small things of fixed size (names, buffers, messages) cannot ask. They get what is left: every large
//! allocation also makes sure that some room stays free for them ([`SPARE`]).

use std::fmt;

/// There is no memory for what an input needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// How many bytes were asked for in vain.
    pub bytes: u64,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not enough memory: {} bytes more are needed", self.bytes)
    }
}

impl std::error::Error for OutOfMemory {}

/// From so many bytes on an allocation is large: it leaves [`SPARE`] free, and grows by an eighth only.
const LARGE: usize = 1 << 20;

/// What stays free beside every large allocation: so many blocks of [`BLOCK`] bytes.
const SPARE: usize = 64;

/// Small enough to come from where small things come from: allocators take large blocks from elsewhere.
const BLOCK: usize = 1 << 16;

/// And in one piece so many bytes: what other threads need comes from regions of their own, which grow too.
const REGION: usize = 1 << 24;

/// Whether there is room for the small things that cannot ask: it is taken and given back.
pub(crate) fn spare() -> Result<(), OutOfMemory> {
    let mut region: Vec<u8> = Vec::new();
    let mut blocks: [Vec<u8>; SPARE] = std::array::from_fn(|_| Vec::new());
    let taken = region
        .try_reserve_exact(REGION)
        .and_then(|()| blocks.iter_mut().try_for_each(|block| block.try_reserve_exact(BLOCK)));
    // Memory that nobody looks at need not be taken, for the compiler.
    std::hint::black_box((&mut region, &mut blocks));
    taken.map_err(|_| OutOfMemory { bytes: (REGION + SPARE * BLOCK) as u64 })
}

/// Makes room for `more` elements.
///
/// A short list doubles. A long one grows by an eighth: its pages are moved and not copied, and twice the
/// memory of a list that just fits may not be there.
pub(crate) fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    if list.capacity() - list.len() >= more {
        return Ok(());
    }
    let size = size_of::<T>().max(1);
    let bytes = list.len().saturating_add(more).saturating_mul(size);
    let failed = |_| OutOfMemory { bytes: (more as u64).saturating_mul(size as u64) };
    if bytes < LARGE {
        return list.try_reserve(more).map_err(failed);
    }
    list.try_reserve_exact(more.max(list.len() / 8)).map_err(failed)?;
    spare()
}

/// Adds an element.
pub(crate) fn push<T>(list: &mut Vec<T>, element: T) -> Result<(), OutOfMemory> {
    reserve(list, 1)?;
    list.push(element);
    Ok(())
}

/// Makes a list `length` long, with `fill` for new elements.
pub(crate) fn resize<T: Clone>(list: &mut Vec<T>, length: usize, fill: T) -> Result<(), OutOfMemory> {
    reserve(list, length.saturating_sub(list.len()))?;
    list.resize(length, fill);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_an_error() {
        let mut list = vec![1_u64];
        let error = reserve(&mut list, 1 << 59).unwrap_err();
        assert_eq!(error, OutOfMemory { bytes: 1 << 62 });
        assert_eq!(error.to_string(), "not enough memory: 4611686018427387904 bytes more are needed");
        assert_eq!(resize(&mut list, usize::MAX, 0).unwrap_err().bytes, u64::MAX);
        assert_eq!(list, [1]);
    }

    #[test]
    fn a_long_list_grows_by_an_eighth() {
        let mut list: Vec<u8> = Vec::new();
        for _ in 0..3 << 20 {
            push(&mut list, 7).unwrap();
            let most = (2 * list.len()).min(list.len() + list.len() / 8 + LARGE);
            assert!(list.capacity() <= most.max(8), "{} for {}", list.capacity(), list.len());
        }
        resize(&mut list, 5 << 20, 9).unwrap();
        assert_eq!((list[0], list[(5 << 20) - 1], list.len()), (7, 9, 5 << 20));
    }
}
