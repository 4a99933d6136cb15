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
        let mut hash = Digest::new();
        hash.add(env!("CARGO_PKG_VERSION").as_bytes());
        let is_seen = |setting: &Setting| self.writer.needs.settings || setting.scope != Scope::Name;
        for Setting { name, value, .. } in self.settings().into_iter().filter(is_seen) {
            // JSON text holds no line break, so that no two lists give the same text.
            hash.add(format!("\n{name}={value}").as_bytes());
        }
        format!("{:032x}", hash.value())
    }
}

/// FNV-1a with 128 bits. It needs no crate and no secret: nobody gains by two plans with one fingerprint.
pub(crate) struct Digest(u128);

impl Digest {
    /// The digest of nothing.
    pub(crate) fn new() -> Digest {
        Digest(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Adds bytes at the end.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
    }

    /// The digest of all that was added.
    pub(crate) fn value(&self) -> u128 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn published_values_of_fnv_1a() {
        // From the authors' test vectors: the empty text and `a`.
        let hash = |text: &str| {
            let mut hash = Digest::new();
            hash.add(text.as_bytes());
            hash.value()
        };
        assert_eq!(hash(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
