//! Guessing the next bit of a table from what followed in like places; what squeezes the table guesses the same as what reads it.
//!
//! Whole numbers alone, so that every machine guesses alike. The scheme is the usual one of context mixing: each likeness has an adaptive
//! chance, and a small network weighs them by how well they did.

/// So many likenesses are looked at for each bit.
pub const LIKENESSES: usize = 4;

/// Places for chances: more would squeeze better, but a page has to find the memory.
const SLOTS: usize = 1 << 19;
/// A chance follows what it sees as if it had seen no more than this before.
const MEMORY: i32 = 30;
/// The bits of a slot's mark, and the one of its chance that is turned over.
const MARK: u32 = 0xff00_0000;
const HALF: i32 = 0x8000;
/// What the first weights are, where 65,536 is one.
const WEIGHT: i32 = 26_000;
/// The kinds of symbols times the likenesses that have been seen before or not.
const WEIGHTS: usize = 16 << LIKENESSES;

/// Where bits come from or go to.
pub trait Coder {
    /// Settles a bit, whose chance to be set is so many in 4,096; `known` is what it is, for who writes it.
    fn bit(&mut self, chance: u32, known: bool) -> bool;
}

/// What has been seen so far.
pub struct Guesser<C> {
    coder: C,
    /// By place: a mark of eight bits, which tells most places that share a slot apart, how often the place was seen, and its chance in 65,536,
    /// of which the highest bit is turned over, so that nothing is one half.
    slots: Vec<u32>,
    weights: Vec<[i32; LIKENESSES]>,
    /// The logarithm of the odds of each chance.
    odds: Vec<i32>,
    /// How much of what it missed by a chance makes up after so many sights, in 32,768.
    rates: Vec<i32>,
}

/// What one likeness says.
#[derive(Clone, Copy, Default)]
struct Input {
    place: u32,
    seen: i32,
    chance: i32,
    odds: i32,
}

impl<C: Coder> Guesser<C> {
    /// Knows nothing yet.
    pub fn new(coder: C) -> Self {
        let mut odds = Vec::new();
        for odd in -2047..=2047 {
            odds.resize(chance(odd) as usize + 1, odd);
        }
        odds.resize(4096, 2047);
        Self {
            coder,
            slots: vec![0; SLOTS],
            weights: vec![[WEIGHT; LIKENESSES]; WEIGHTS],
            odds,
            rates: (0..=MEMORY).map(|seen| 65_536 / (2 * seen + 3)).collect(),
        }
    }

    /// What is left when all is done.
    pub fn into_coder(self) -> C {
        self.coder
    }

    /// Settles a symbol of a kind (below 16), which has so many bits.
    pub fn symbol(&mut self, kind: u32, width: u32, likenesses: [u32; LIKENESSES], known: u32) -> u32 {
        let (mut places, mut salt) = (likenesses, kind << 3);
        for place in &mut places {
            salt += 1;
            *place = mix(*place, salt);
        }
        let mut symbol = 1;
        for bit in (0..width).rev() {
            let set = self.bit(kind, places, symbol, known >> bit & 1 == 1);
            symbol = symbol << 1 | u32::from(set);
        }
        symbol - (1 << width)
    }

    fn bit(&mut self, kind: u32, places: [u32; LIKENESSES], symbol: u32, known: bool) -> bool {
        let mut inputs = [Input::default(); LIKENESSES];
        let mut row = kind;
        for (input, place) in inputs.iter_mut().zip(places) {
            *input = self.input(mix(place, symbol));
            row = row * 2 + u32::from(input.seen > 0);
        }
        let mut none = [0; LIKENESSES];
        let weights = self.weights.get_mut(row as usize).unwrap_or(&mut none);
        let mut sum = 0;
        for (input, weight) in inputs.iter().zip(weights.iter()) {
            sum += (input.odds * weight) >> 16;
        }
        let guess = chance(sum).clamp(1, 4095);
        let set = self.coder.bit(guess as u32, known);
        let sign = i32::from(set);
        for (input, weight) in inputs.iter().zip(weights) {
            *weight += (input.odds * (sign * 4096 - guess) * 10) >> 14;
            let chance = input.chance + (((sign * 65_535 - input.chance) * self.rates.get(input.seen as usize).unwrap_or(&0)) >> 15);
            let slot = input.place & MARK | ((input.seen + 1).min(MEMORY) << 16 | chance ^ HALF) as u32;
            self.slots.iter_mut().skip(input.place as usize % SLOTS).take(1).for_each(|place| *place = slot);
        }
        set
    }

    fn input(&self, place: u32) -> Input {
        let slot = self.slots.get(place as usize % SLOTS).copied().unwrap_or_default();
        let slot = if (slot ^ place) & MARK == 0 { slot as i32 } else { 0 };
        let chance = slot & 0xffff ^ HALF;
        Input { place, seen: slot >> 16 & 0xff, chance, odds: self.odds.get(chance as usize >> 4).copied().unwrap_or_default() }
    }
}

/// One likeness made of two.
pub fn mix(one: u32, other: u32) -> u32 {
    let mixed = (one ^ other.wrapping_mul(0x85eb_ca6b)).wrapping_add(1).wrapping_mul(0x9e37_79b1);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    mixed ^ mixed >> 13
}

/// The chance in 4,096 for odds whose logarithm is so many 256ths: between the points of a table.
fn chance(odds: i32) -> i32 {
    const POINTS: [i32; 33] = [
        1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050,
        4068, 4079, 4085, 4089, 4092, 4093, 4094,
    ];
    let odds = odds.clamp(-2047, 2047) + 2048;
    let (at, part) = ((odds >> 7) as usize, odds & 127);
    let point = |at: usize| POINTS.get(at).copied().unwrap_or_default();
    (point(at) * (128 - part) + point(at + 1) * part + 64) >> 7
}
