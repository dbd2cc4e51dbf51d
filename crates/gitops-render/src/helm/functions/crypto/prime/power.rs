//! Powers modulo an odd number, in Montgomery's form.

use rsa::BigUint;

/// Bits of an exponent that are taken at once.
const WINDOW: usize = 5;

/// An odd number that others are taken modulo.
pub(super) struct Modulus {
    /// The number, the lowest digit first.
    digits: Vec<u64>,
    /// `-1 / number` modulo 2^64.
    inverse: u64,
    /// One, minus one and the square of the radix, the first two in Montgomery's form.
    one: Vec<u64>,
    minus_one: Vec<u64>,
    square: Vec<u64>,
    /// `number - 1` is this times a power of two.
    odd: BigUint,
    twos: usize,
}

impl Modulus {
    pub(super) fn new(number: &BigUint) -> Self {
        let digits = digits(number, 0);
        let count = digits.len();
        let radix = BigUint::from(1_u8) << (64 * count);
        let one = &radix % number;
        let less = number - 1_u8;
        let twos = trailing_zeros(&less);
        Self {
            inverse: inverse(digits[0]),
            one: self::digits(&one, count),
            minus_one: self::digits(&(number - &one), count),
            square: self::digits(&((&one * &one) % number), count),
            odd: &less >> twos,
            twos,
            digits,
        }
    }

    /// Whether the witness, as bytes, says that the number may be prime.
    pub(super) fn is_witnessed(&self, witness: &[u8]) -> bool {
        let witness = digits(&BigUint::from_bytes_be(witness), self.digits.len());
        let mut power = self.power(&self.product(&witness, &self.square));
        if power == self.one || power == self.minus_one {
            return true;
        }
        (1..self.twos).any(|_| {
            power = self.product(&power, &power);
            power == self.minus_one
        })
    }

    /// `base` to the odd part of `number - 1`.
    fn power(&self, base: &[u64]) -> Vec<u64> {
        let mut powers = vec![self.one.clone()];
        for _ in 1..1 << WINDOW {
            powers.push(self.product(&powers[powers.len() - 1], base));
        }
        let exponent = digits(&self.odd, 0);
        let bits = 64 * exponent.len();
        let (mut power, mut next) = (self.one.clone(), self.one.clone());
        let mut wide = vec![0; 2 * self.digits.len() + 1];
        for window in (0..bits.div_ceil(WINDOW)).rev() {
            for _ in 0..WINDOW {
                self.multiply(&power, &power, &mut wide, &mut next);
                std::mem::swap(&mut power, &mut next);
            }
            let index = window_at(&exponent, window * WINDOW);
            if index > 0 {
                self.multiply(&power, &powers[index], &mut wide, &mut next);
                std::mem::swap(&mut power, &mut next);
            }
        }
        power
    }

    fn product(&self, left: &[u64], right: &[u64]) -> Vec<u64> {
        let mut wide = vec![0; 2 * self.digits.len() + 1];
        let mut result = vec![0; self.digits.len()];
        self.multiply(left, right, &mut wide, &mut result);
        result
    }

    /// Sets `result` to `left * right / radix` modulo the number; `wide` has room for
    /// the product and a digit more.
    fn multiply(&self, left: &[u64], right: &[u64], wide: &mut [u64], result: &mut [u64]) {
        let count = self.digits.len();
        wide.fill(0);
        for (index, digit) in left.iter().enumerate() {
            let wide = &mut wide[index..];
            let carry = add_multiple(&mut wide[..count], right, *digit);
            propagate(&mut wide[count..], carry);
            // The multiple that makes the lowest digit nought.
            let factor = wide[0].wrapping_mul(self.inverse);
            let carry = add_multiple(&mut wide[..count], &self.digits, factor);
            propagate(&mut wide[count..], carry);
        }
        let high = &wide[count..];
        let is_large = high[count] > 0 || !is_less(&high[..count], &self.digits);
        result.copy_from_slice(&high[..count]);
        if is_large {
            subtract(result, &self.digits);
        }
    }
}

/// Adds `factor` times `digits` to `sum`; gives what is beyond its end.
fn add_multiple(sum: &mut [u64], digits: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    for (place, digit) in sum.iter_mut().zip(digits) {
        let wide = u128::from(*digit) * u128::from(factor) + u128::from(*place) + carry;
        *place = low(wide);
        carry = wide >> 64;
    }
    low(carry)
}

/// Adds `carry` to a number that has room for it.
fn propagate(sum: &mut [u64], mut carry: u64) {
    for place in sum {
        if carry == 0 {
            break;
        }
        let (added, overflows) = place.overflowing_add(carry);
        *place = added;
        carry = overflows.into();
    }
}

fn subtract(from: &mut [u64], digits: &[u64]) {
    let mut borrow = false;
    for (place, digit) in from.iter_mut().zip(digits) {
        let (rest, first) = place.overflowing_sub(*digit);
        let (rest, second) = rest.overflowing_sub(borrow.into());
        *place = rest;
        borrow = first || second;
    }
}

fn is_less(left: &[u64], right: &[u64]) -> bool {
    left.iter().rev().lt(right.iter().rev())
}

/// The digits of a number, the lowest first, at least `count` of them.
fn digits(number: &BigUint, count: usize) -> Vec<u64> {
    let bytes = number.to_bytes_le();
    let digit = |chunk: &[u8]| {
        let bytes = chunk.iter().rev();
        bytes.fold(0, |digit, byte| digit << 8 | u64::from(*byte))
    };
    let mut digits: Vec<u64> = bytes.chunks(8).map(digit).collect();
    digits.resize(digits.len().max(count), 0);
    digits
}

/// `-1 / odd` modulo 2^64, each step with twice as many right bits.
fn inverse(odd: u64) -> u64 {
    let step = |found: u64| found.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(found)));
    (0..6).fold(odd, |found, _| step(found)).wrapping_neg()
}

fn trailing_zeros(number: &BigUint) -> usize {
    let bytes = number.to_bytes_le();
    let whole = bytes.iter().take_while(|byte| **byte == 0).count();
    let rest = bytes.get(whole).map_or(0, |byte| byte.trailing_zeros());
    8 * whole + rest as usize
}

/// The bits of an exponent from `bit` on.
fn window_at(exponent: &[u64], bit: usize) -> usize {
    let (index, offset) = (bit / 64, bit % 64);
    let low_part = exponent.get(index).map_or(0, |digit| digit >> offset);
    let high_part = match exponent.get(index + 1) {
        Some(digit) if offset > 0 => digit << (64 - offset),
        _ => 0,
    };
    let window = (low_part | high_part) & ((1 << WINDOW) - 1);
    usize::try_from(window).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
fn low(wide: u128) -> u64 {
    wide as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_powers_are_those_of_plain_arithmetic() {
        let number = (BigUint::from(1_u8) << 192) - 237_u8;
        let modulus = Modulus::new(&number);
        let radix = BigUint::from(1_u8) << 192;
        for seed in [3_u64, 0xffff_ffff_ffff_ffff, 0x1234_5678_9abc_def1] {
            let base = BigUint::from(seed).modpow(&BigUint::from(7_u8), &number);
            let within = digits(&((&base * &radix) % &number), 3);
            let power = base.modpow(&modulus.odd, &number);
            let expected = digits(&((&power * &radix) % &number), 3);
            assert_eq!(modulus.power(&within), expected);
            let square = digits(&((&base * &base * &radix) % &number), 3);
            assert_eq!(modulus.product(&within, &within), square);
        }
    }

    #[test]
    fn parts_of_an_exponent_cross_digits() {
        assert_eq!(window_at(&[1 << 63, 0b101], 63), 0b01011);
        assert_eq!(window_at(&[u64::MAX], 62), 0b11);
        assert_eq!(inverse(1), u64::MAX);
        assert_eq!(inverse(3).wrapping_mul(3), u64::MAX);
    }
}
