//! The best way to decode, and how far its answers may be off.
//!
//! A network's error is systematic: no heatmap shows it, and no theory predicts it. Subjects with a known
//! truth do. [`calibrate`] takes the answers of many ways to decode and the truth, chooses the way with the
//! smallest error and the figure that orders its errors best, and makes radii that hold the truth as often as
//! they say. What is chosen, learnt and measured are kept apart by subject. Definitions, guarantees and
//! sources are on the page `docs/calibration.md`.

mod calibration;
mod choose;
mod conformal;
mod drops;
mod error;
mod radii;
mod scale;
mod steps;
mod table;

pub use calibration::{
    Bin, Calibration, CrossValidated, Design, Drops, InSpace, Measured, Radii, Settings as CalibrateSettings,
};
pub use conformal::needed as needed_subjects;
pub use drops::{Truth, drops, truths};
pub use error::CalibrateError;
pub use scale::{Feature, Figures, Scale};
pub use steps::calibrate;
pub use table::{Decoded, Told, Way};
