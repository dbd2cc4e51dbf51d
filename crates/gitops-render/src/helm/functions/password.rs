//! `derivePassword`: the Master Password algorithm.

use sha2::{Digest as _, Sha256};

use super::{Entry, Outcome, STRING, takes};
use crate::gotemplate::function::{Call, Type};

pub(super) const FUNCTIONS: &[Entry] = &[(
    "derivePassword",
    takes(&[Type::Uint32, STRING, STRING, STRING, STRING]),
    derive,
)];

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The memory that one derivation takes.
const MEMORY: usize = 128 * BLOCKS * COST;
const COST: usize = 32_768;
const BLOCKS: usize = 8;
const LANES: usize = 2;

fn derive(call: &Call<'_>) -> Outcome {
    let kind = call.text(1);
    let Some(templates) = templates(&kind) else {
        return Ok(format!("cannot find password template {kind}").into());
    };
    call.reserve(MEMORY)?;
    let (user, site) = (call.bytes(3), call.bytes(4));
    let counter = call
        .value(0)
        .as_integer()
        .and_then(|counter| u32::try_from(counter).ok());
    let salt = [SEED, &length(user), user].concat();
    let key = scrypt(call.bytes(2), &salt);
    let counter = counter.unwrap_or(0).to_be_bytes();
    let seed = hmac(&key, &[SEED, &length(site), site, &counter]);
    let template = templates[usize::from(seed[0]) % templates.len()];
    let password = template.chars().zip(&seed[1..]).map(|(class, byte)| {
        let chars = characters(class);
        char::from(chars[usize::from(*byte) % chars.len()])
    });
    Ok(password.collect::<String>().into())
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn templates(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a template stands for.
fn characters(class: char) -> &'static [u8] {
    match class {
        'V' => b"AEIOU",
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha256::new();
    inner.update(block.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(block.map(|byte| byte ^ 0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// PBKDF2 with one iteration.
fn stretch(password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let blocks = (1..=u32::try_from(length.div_ceil(32)).unwrap_or(u32::MAX))
        .flat_map(|block| hmac(password, &[salt, &block.to_be_bytes()]));
    blocks.take(length).collect()
}

/// scrypt with the algorithm's fixed costs and a key of 64 bytes.
fn scrypt(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut lanes = stretch(password, salt, LANES * BLOCKS * 128);
    let mut memory = vec![0_u32; COST * BLOCKS * 32];
    for lane in lanes.chunks_mut(BLOCKS * 128) {
        let mut words: Vec<u32> = lane
            .chunks(4)
            .map(|word| u32::from_le_bytes(std::array::from_fn(|index| word[index])))
            .collect();
        mix_lane(&mut words, &mut memory);
        for (bytes, word) in lane.chunks_mut(4).zip(&words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
    stretch(password, &lanes, 64)
}

fn mix_lane(words: &mut Vec<u32>, memory: &mut [u32]) {
    let width = words.len();
    for kept in memory.chunks_mut(width) {
        kept.copy_from_slice(words);
        mix_blocks(words);
    }
    for _ in 0..COST {
        let chosen = words[width - 16] as usize % COST;
        let kept = &memory[chosen * width..(chosen + 1) * width];
        words
            .iter_mut()
            .zip(kept)
            .for_each(|(word, kept)| *word ^= kept);
        mix_blocks(words);
    }
}

/// Every block is mixed with the one before it; even ones come first afterwards.
fn mix_blocks(words: &mut Vec<u32>) {
    let mut last: [u32; 16] = std::array::from_fn(|index| words[words.len() - 16 + index]);
    let (mut even, mut odd) = (Vec::with_capacity(words.len()), Vec::new());
    for (index, block) in words.chunks(16).enumerate() {
        last.iter_mut()
            .zip(block)
            .for_each(|(last, word)| *last ^= word);
        salsa(&mut last);
        if index % 2 == 0 { &mut even } else { &mut odd }.extend_from_slice(&last);
    }
    even.append(&mut odd);
    *words = even;
}

/// Salsa20 with eight rounds.
fn salsa(block: &mut [u32; 16]) {
    let mut state = *block;
    for _ in 0..4 {
        for start in 0..4 {
            // Down a column from its diagonal.
            let at = |step: usize| (start * 5 + step * 4) % 16;
            quarter(&mut state, [at(0), at(1), at(2), at(3)]);
        }
        for row in 0..4 {
            // Along a row from its diagonal.
            let at = |step: usize| row * 4 + (row + step) % 4;
            quarter(&mut state, [at(0), at(1), at(2), at(3)]);
        }
    }
    block
        .iter_mut()
        .zip(state)
        .for_each(|(word, mixed)| *word = word.wrapping_add(mixed));
}

fn quarter(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    state[b] ^= state[a].wrapping_add(state[d]).rotate_left(7);
    state[c] ^= state[b].wrapping_add(state[a]).rotate_left(9);
    state[d] ^= state[c].wrapping_add(state[b]).rotate_left(13);
    state[a] ^= state[d].wrapping_add(state[c]).rotate_left(18);
}
