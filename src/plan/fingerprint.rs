//! One number for all settings that change a byte of an output, by which a run tells whether an output that
//! is already there is the one that it would write.
//!
//! Comparing dates would not do: a file may be newer than its input and still be made at another
//! temperature. So the settings are compared, and the version with them. An update of the program makes
//! older outputs stale, even where it changed nothing in them: work that is done twice costs less than a
//! wrong answer that is kept.
//!
//! It leaves out what changes no byte: threads, inputs, destination, which statuses count as failure. It
//! also leaves out the *names* of the reference and the mask, unless the format records them; what those
//! files hold is in it. So a renamed mask changes nothing, and an edited one does.

use super::{Plan, Scope, Setting};

impl Plan {
    /// The fingerprint of the version and the settings, as 32 hexadecimal digits. Plans that write different
    /// bytes for the same input differ in it; it is the same on every machine.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Fnv::new();
        hash.add(env!("CARGO_PKG_VERSION"));
        let is_seen = |setting: &Setting| self.writer.needs.settings || setting.scope != Scope::Name;
        for Setting { name, value, .. } in self.settings().into_iter().filter(is_seen) {
            // JSON text holds no line break, so that no two lists give the same text.
            hash.add(&format!("\n{name}={value}"));
        }
        format!("{:032x}", hash.0)
    }
}

/// FNV-1a with 128 bits. It needs no crate and no secret: nobody gains by two plans with one fingerprint.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, text: &str) {
        self.0 = text.bytes().fold(self.0, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv;

    #[test]
    fn published_values_of_fnv_1a() {
        // From the authors' test vectors: the empty text and `a`.
        let hash = |text: &str| {
            let mut hash = Fnv::new();
            hash.add(text);
            hash.0
        };
        assert_eq!(hash(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
