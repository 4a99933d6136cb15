//! What `component` wants, as the kernel is told it (`kernel/components/`).

use super::threshold::Threshold;

/// Which voxels touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Connectivity {
    /// 26: those that share a face, an edge or a corner; in a plane 8.
    Corners,
    /// 18: those that share a face or an edge; in a plane 8.
    Edges,
    /// 6: those that share a face; in a plane 4.
    Faces,
}

impl Connectivity {
    /// Along how many axes at most two voxels that touch differ, by one voxel each.
    pub(crate) fn axes(self) -> usize {
        match self {
            Connectivity::Faces => 1,
            Connectivity::Edges => 2,
            Connectivity::Corners => 3,
        }
    }
}

/// Which component is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComponentRule {
    pub(crate) threshold: Threshold,
    /// The fewest and the most voxels.
    pub(crate) sizes: [u64; 2],
    pub(crate) connectivity: Connectivity,
}
