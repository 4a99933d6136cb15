//! Random numbers that are the same on every machine and in every release.
//!
//! An interval that changes from run to run cannot be quoted or tested. So the generator is a small one that
//! is written down here, and not that of a crate, which may change.

/// The generator splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): a counter of 64 bits
/// whose steps are mixed. It passes the tests that matter for drawing subjects, and its state is one number.
#[derive(Clone, Debug)]
pub(super) struct Generator(u64);

impl Generator {
    /// The generator with a seed; any seed is as good as any other.
    pub(super) fn new(seed: u64) -> Generator {
        Generator(seed)
    }

    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        let mixed = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        mixed
    }

    /// A whole number below `count`, each equally likely; 0 if `count` is 0.
    ///
    /// The high half of a product of 128 bits, and another draw where that would favour some numbers (Lemire
    /// 2019, doi:10.1145/3230636).
    pub(super) fn below(&mut self, count: u64) -> u64 {
        let least = if count == 0 { 0 } else { count.wrapping_neg() % count };
        loop {
            let product = u128::from(self.next()) * u128::from(count);
            if (product as u64) >= least {
                return (product >> 64) as u64;
            }
        }
    }
}

/// The step of the counter.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number that the generator gives at this state: 64 bits, each of which depends on all of the state.
pub(super) fn mix(state: u64) -> u64 {
    let next = state.wrapping_add(STEP);
    let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the published C code (Vigna, splitmix64.c) for the seed 1234567.
    #[test]
    fn the_published_numbers() {
        let mut generator = Generator::new(1_234_567);
        let found: Vec<u64> = (0..5).map(|_| generator.next()).collect();
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_below_a_bound_are_about_equally_often() {
        let mut generator = Generator::new(0);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[generator.below(3) as usize] += 1;
        }
        // 5 standard deviations of a binomial count are 408.
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 408), "{counts:?}");
        assert_eq!((generator.below(1), generator.below(0)), (0, 0));
    }
}
