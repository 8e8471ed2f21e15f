//! Row numbers, where they leave the book: veiled. Rows that a gate hides leave gaps in the numbers of those it shows, and
//! a gap tells. A veiled number is another number for each book, always the same one for the same row.

use crate::keys::ContentHasher;

/// Veils row numbers under the book's key. Numbers are turned into numbers one to one (a Feistel network of four rounds,
/// its round function an HMAC), so that nothing has to be kept to turn them back.
#[derive(Clone, Copy)]
pub(crate) struct Veil<'a>(&'a ContentHasher);

/// What a number belongs to: the same row of two tables has two veiled numbers.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    Record = 1,
    Document = 2,
    Change = 3,
}

const ROUNDS: [u8; 4] = [0, 1, 2, 3];

impl<'a> Veil<'a> {
    pub(crate) fn new(hasher: &'a ContentHasher) -> Self {
        Self(hasher)
    }

    fn round(self, of: Of, round: u8, half: [u8; 4]) -> [u8; 4] {
        let [a, b, c, d] = half;
        let hash = self.0.hash(&[b'v', b'e', b'i', b'l', of as u8, round, a, b, c, d]);
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    fn turn(self, of: Of, number: i64, rounds: impl Iterator<Item = u8>) -> i64 {
        let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
        let (mut left, mut right) = ([a, b, c, d], [e, f, g, h]);
        for round in rounds {
            let mask = self.round(of, round, right);
            for (to, from) in left.iter_mut().zip(mask) {
                *to ^= from;
            }
            std::mem::swap(&mut left, &mut right);
        }
        // The halves stand crossed, so that the way back is the same way with the rounds turned round.
        let ([a, b, c, d], [e, f, g, h]) = (right, left);
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    pub(crate) fn over(self, of: Of, number: i64) -> i64 {
        self.turn(of, number, ROUNDS.into_iter())
    }

    pub(crate) fn lifted(self, of: Of, veiled: i64) -> i64 {
        self.turn(of, veiled, ROUNDS.into_iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use healthbook_model::SecretBytes;

    #[test]
    fn a_veiled_number_leads_back_to_its_row_and_tells_nothing_of_it() {
        let (here, there) =
            (ContentHasher::new(&SecretBytes::new([1; 32])), ContentHasher::new(&SecretBytes::new([2; 32])));
        let veil = Veil::new(&here);
        for number in (0..200).chain([-1, i64::MIN, i64::MAX]) {
            for of in [Of::Record, Of::Document, Of::Change] {
                let veiled = veil.over(of, number);
                assert_eq!(veil.lifted(of, veiled), number);
                assert_ne!(veiled, number);
                assert_ne!(veiled, Veil::new(&there).over(of, number));
            }
        }
        // Rows side by side are not side by side.
        let steps =
            (0..100).filter(|n| veil.over(Of::Record, n + 1).wrapping_sub(veil.over(Of::Record, *n)) == 1);
        assert_eq!(steps.count(), 0);
    }
}
