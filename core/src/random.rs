//! Randomness as an argument: 32 bytes of the system's entropy for each call, expanded here.

/// Entropy for one call, drawn by the host from its system at the moment of the call.
///
/// A seed kept for longer would repeat idempotency keys after a fork.
#[derive(Clone, Copy)]
pub struct Entropy(pub [u8; 32]);

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

/// Expands a call's entropy (xoshiro256**); good for keys, boundaries and jitter, not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random([u64; 4]);

impl Random {
    pub(crate) fn new(Entropy(bytes): Entropy) -> Self {
        let mut state = [0x9E37_79B9_7F4A_7C15_u64; 4];
        for (word, chunk) in state.iter_mut().zip(bytes.chunks_exact(8)) {
            *word ^= chunk.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
        }
        // All zeros is the one state that never changes.
        if state == [0; 4] {
            state = [1; 4];
        }
        let mut random = Self(state);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from zero up to and including `limit`.
    pub(crate) fn up_to(&mut self, limit: u64) -> u64 {
        let number = self.next();
        limit.checked_add(1).map_or(number, |count| number % count)
    }

    /// Entropy for a machine that this one starts.
    pub(crate) fn entropy(&mut self) -> Entropy {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        Entropy(bytes)
    }

    /// A random UUID (version 4) in its usual spelling.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next() & !0xF000 | 0x4000, self.next() & !(0b11 << 62) | 0b10 << 62);
        let mut text = String::with_capacity(36);
        for (place, byte) in high.to_be_bytes().into_iter().chain(low.to_be_bytes()).enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)));
        }
        text
    }

    /// A multipart boundary that no content holds, but for chance.
    pub(crate) fn boundary(&mut self) -> String {
        format!("----larkspur-{:016x}{:016x}", self.next(), self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entropy_gives_the_same_values() {
        let mut one = Random::new(Entropy([7; 32]));
        let mut two = Random::new(Entropy([7; 32]));
        assert_eq!(one.uuid(), two.uuid());
        assert_ne!(one.uuid(), one.uuid());
    }

    #[test]
    fn uuids_are_version_four() {
        let uuid = Random::new(Entropy([0; 32])).uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }

    #[test]
    fn numbers_stay_within_the_limit() {
        let mut random = Random::new(Entropy([3; 32]));
        assert!((0..1000).map(|_| random.up_to(9)).all(|number| number <= 9));
        assert_eq!(random.up_to(0), 0);
    }
}
