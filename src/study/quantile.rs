//! Quantiles of sorted numbers, by one rule everywhere.

/// The quantile at a share from 0 to 1 of numbers that rise, by NumPy's rule `linear` (type 7 of Hyndman and
/// Fan 1996, doi:10.1080/00031305.1996.10473566); `None` of nothing.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = place.floor();
    let low = *sorted.get(below as usize)?;
    let high = sorted.get(below as usize + 1).copied().unwrap_or(low);
    Some(between(low, high, place - below))
}

/// A number between two, as NumPy computes it: from the nearer end.
pub(super) fn between(low: f64, high: f64, part: f64) -> f64 {
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        assert_eq!(quantile(&[0.0, 10.0, 20.0, 30.0, 40.0], 0.025), Some(1.0));
        assert_eq!(quantile(&[0.0, 10.0, 20.0, 30.0, 40.0], 0.975), Some(39.0));
        assert_eq!((quantile(&[], 0.5), quantile(&[3.0], 0.5)), (None, Some(3.0)));
    }
}
