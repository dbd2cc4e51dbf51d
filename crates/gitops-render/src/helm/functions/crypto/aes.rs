//! AES with 256 bits, one block at a time.
//!
//! Charts use it to keep a value between renders at most, so it is small instead of
//! quick; its running time depends on the key.

const ROUNDS: usize = 14;

type Block = [u8; 16];

pub(super) struct Cipher {
    keys: [Block; ROUNDS + 1],
    substitution: [u8; 256],
    inverse: [u8; 256],
}

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let (substitution, inverse) = boxes();
        Self {
            keys: expand(key, &substitution),
            substitution,
            inverse,
        }
    }

    pub(super) fn encrypt(&self, mut block: Block) -> Block {
        add(&mut block, &self.keys[0]);
        for round in 1..=ROUNDS {
            block = block.map(|byte| self.substitution[usize::from(byte)]);
            block = shift(&block, 1);
            if round < ROUNDS {
                mix(&mut block, [2, 3, 1, 1]);
            }
            add(&mut block, &self.keys[round]);
        }
        block
    }

    pub(super) fn decrypt(&self, mut block: Block) -> Block {
        for round in (1..=ROUNDS).rev() {
            add(&mut block, &self.keys[round]);
            if round < ROUNDS {
                mix(&mut block, [14, 11, 13, 9]);
            }
            block = shift(&block, 3);
            block = block.map(|byte| self.inverse[usize::from(byte)]);
        }
        add(&mut block, &self.keys[0]);
        block
    }
}

fn add(block: &mut Block, key: &Block) {
    block
        .iter_mut()
        .zip(key)
        .for_each(|(byte, key)| *byte ^= key);
}

/// Moves row `r` by `r * step` columns to the left.
fn shift(block: &Block, step: usize) -> Block {
    std::array::from_fn(|index| {
        let (column, row) = (index / 4, index % 4);
        block[(column + row * step) % 4 * 4 + row]
    })
}

/// Multiplies every column by a circulant matrix.
fn mix(block: &mut Block, factors: [u8; 4]) {
    for column in block.chunks_mut(4) {
        let before: [u8; 4] = std::array::from_fn(|row| column[row]);
        for (row, byte) in column.iter_mut().enumerate() {
            *byte = (0..4).fold(0, |sum, index| {
                sum ^ multiply(before[(row + index) % 4], factors[index])
            });
        }
    }
}

fn double(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right != 0 {
        if right & 1 != 0 {
            product ^= left;
        }
        left = double(left);
        right >>= 1;
    }
    product
}

/// The substitution of bytes and its inverse.
fn boxes() -> ([u8; 256], [u8; 256]) {
    let (mut substitution, mut inverse) = ([0; 256], [0; 256]);
    // `power` runs through all numbers but zero, `reciprocal` through their inverses.
    let (mut power, mut reciprocal) = (1_u8, 1_u8);
    loop {
        power = multiply(power, 3);
        reciprocal = multiply(reciprocal, 0xf6);
        let mixed = (1..5).fold(reciprocal, |mixed, turn| {
            mixed ^ reciprocal.rotate_left(turn)
        });
        substitution[usize::from(power)] = mixed ^ 0x63;
        if power == 1 {
            break;
        }
    }
    substitution[0] = 0x63;
    for (byte, substitute) in (0_u8..=255).zip(substitution) {
        inverse[usize::from(substitute)] = byte;
    }
    (substitution, inverse)
}

fn expand(key: &[u8; 32], substitution: &[u8; 256]) -> [Block; ROUNDS + 1] {
    let mut words: Vec<[u8; 4]> = key
        .chunks(4)
        .map(|word| std::array::from_fn(|index| word[index]))
        .collect();
    let mut constant = 1;
    for index in 8..4 * (ROUNDS + 1) {
        let mut word = words[index - 1];
        if index % 8 == 0 {
            word.rotate_left(1);
        }
        if index % 4 == 0 {
            word = word.map(|byte| substitution[usize::from(byte)]);
        }
        if index % 8 == 0 {
            word[0] ^= constant;
            constant = double(constant);
        }
        let before = words[index - 8];
        words.push(std::array::from_fn(|byte| word[byte] ^ before[byte]));
    }
    std::array::from_fn(|round| {
        std::array::from_fn(|index| words[round * 4 + index / 4][index % 4])
    })
}

#[cfg(test)]
mod tests {
    use super::Cipher;

    #[test]
    fn the_standard_s_example_is_met() {
        let key: [u8; 32] = std::array::from_fn(|index| index.try_into().unwrap());
        let plain: [u8; 16] = std::array::from_fn(|index| (index * 0x11).try_into().unwrap());
        let expected = [
            0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49,
            0x60, 0x89,
        ];
        let cipher = Cipher::new(&key);
        assert_eq!(cipher.encrypt(plain), expected);
        assert_eq!(cipher.decrypt(expected), plain);
    }
}
