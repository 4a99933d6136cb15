//! The page on which a person looks at landmarks: one file, which asks no network.
//!
//! A reader has little time for each landmark, so the page begins with what is most likely wrong, shows the
//! evidence beside the answer, and takes the verdict by a key. All of it is in the file: the pictures, the
//! figures, the program. Names come from files that others wrote, so no name becomes markup: in the data they
//! are JSON in which no `<` is left, on the page they are set as text.
//!
//! The room takes entries that are ready, and returns the text of the page.

mod data;
mod entry;
mod order;
mod overview;
mod page;

pub use entry::{Answer, Entry, Mark, MarkKind, Page, Picture, Slice};
pub use order::worst_first;
pub use page::page;
