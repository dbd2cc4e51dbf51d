//! Large primes, for RSA keys.
//!
//! Charts make certificates on every render, so this is as quick as it can be
//! without code for a certain processor: most candidates fall to a sieve, and the
//! others to powers in Montgomery's form.

use rsa::BigUint;

use crate::helm::host::Random;

mod power;

use power::Modulus;

/// Primes below this are sieved with.
const SMALL: usize = 1 << 14;

/// Odd numbers looked at behind one random start.
const WINDOW: usize = 1 << 12;

/// Random witnesses that a number has to withstand. For random numbers of this size
/// each leaves far less doubt than the fourth that holds for every number.
const WITNESSES: usize = 8;

/// A random prime of `bits` bits, a multiple of 64, of which the first two are set:
/// the product of two such has twice the bits.
pub(super) fn prime(random: &dyn Random, bits: usize) -> BigUint {
    let small = small_primes();
    loop {
        let start = candidate(random, bits);
        let composite = sieve(&start, &small);
        let survivors = composite.iter().enumerate();
        for (step, _) in survivors.filter(|(_, composite)| !**composite) {
            let number = &start + 2 * step;
            if number.bits() == bits && is_prime(&number, random) {
                return number;
            }
        }
    }
}

/// An odd number with the first two bits set.
fn candidate(random: &dyn Random, bits: usize) -> BigUint {
    let mut bytes = vec![0; bits / 8];
    random.fill(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first |= 0b1100_0000;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    BigUint::from_bytes_be(&bytes)
}

/// Odd primes below [`SMALL`].
fn small_primes() -> Vec<u64> {
    let mut composite = vec![false; SMALL];
    let mut primes = Vec::new();
    for number in (3..SMALL).step_by(2) {
        if !composite[number] {
            primes.push(number as u64);
            for multiple in (number * number..SMALL).step_by(2 * number) {
                composite[multiple] = true;
            }
        }
    }
    primes
}

/// Which of the odd numbers from `start` on have a small factor.
fn sieve(start: &BigUint, small: &[u64]) -> Vec<bool> {
    let mut composite = vec![false; WINDOW];
    for prime in small {
        let rest = remainder(start, *prime);
        // The first step at which `rest + 2 * step` is a multiple of the odd prime.
        let gap = (prime - rest) % prime;
        let step = if gap.is_multiple_of(2) {
            gap / 2
        } else {
            u64::midpoint(gap, *prime)
        };
        let first = usize::try_from(step).unwrap_or(WINDOW);
        for index in (first..WINDOW).step_by(usize::try_from(*prime).unwrap_or(WINDOW)) {
            composite[index] = true;
        }
    }
    composite
}

fn remainder(number: &BigUint, divisor: u64) -> u64 {
    let digits = number.to_bytes_be();
    digits.chunks(4).fold(0, |rest, chunk| {
        chunk
            .iter()
            .fold(rest, |rest, byte| rest << 8 | u64::from(*byte))
            % divisor
    })
}

/// Miller's and Rabin's test.
fn is_prime(number: &BigUint, random: &dyn Random) -> bool {
    let modulus = Modulus::new(number);
    // Nearly every composite number fails at the first.
    if !modulus.is_witnessed(&[2]) {
        return false;
    }
    (0..WITNESSES).all(|_| {
        let mut witness = vec![0; number.bits() / 8 - 1];
        random.fill(&mut witness);
        modulus.is_witnessed(&witness)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::SeededRandom;

    #[test]
    fn primes_are_told_from_composites() {
        let random = SeededRandom::new(1);
        let number = |text: &str| BigUint::parse_bytes(text.as_bytes(), 10).unwrap();
        // 2^127 - 1 and 2^521 - 1, and products of large primes.
        let mersenne = |bits: usize| (BigUint::from(1_u8) << bits) - 1_u8;
        assert!(is_prime(&mersenne(127), &random));
        assert!(is_prime(&mersenne(521), &random));
        assert!(!is_prime(&(mersenne(127) * mersenne(89)), &random));
        assert!(!is_prime(&mersenne(523), &random));
        // Passes the test to base 2, and more of the small bases.
        assert!(!is_prime(&number("3825123056546413051"), &random));
        assert!(!is_prime(&number("318665857834031151167461"), &random));
    }

    #[test]
    fn what_is_made_is_prime_and_of_the_size() {
        let random = SeededRandom::new(7);
        let made = prime(&random, 512);
        assert_eq!(made.bits(), 512);
        assert_eq!((&made * &made).bits(), 1024);
        let exponent = &made - 1_u8;
        assert_eq!(
            BigUint::from(3_u8).modpow(&exponent, &made),
            BigUint::from(1_u8)
        );
    }

    #[test]
    fn a_sieve_leaves_what_has_no_small_factor() {
        let start = BigUint::from(1_000_000_000_001_u64);
        let composite = sieve(&start, &small_primes());
        for (step, composite) in composite.iter().enumerate() {
            let number = 1_000_000_000_001_u64 + 2 * step as u64;
            let divides = small_primes()
                .iter()
                .any(|prime| number.is_multiple_of(*prime));
            assert_eq!(*composite, divides, "{number}");
        }
    }
}
