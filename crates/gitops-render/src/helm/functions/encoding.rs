//! Base64, base32 and checksums.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;

use super::{Entry, Outcome, STRING, takes};
use crate::gotemplate::Text;
use crate::gotemplate::function::Call;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("b64enc", takes(&[STRING]), |call| {
        call.reserve(call.bytes(0).len().saturating_mul(2))?;
        Ok(STANDARD.encode(call.bytes(0)).into())
    }),
    ("b64dec", takes(&[STRING]), base64_decode),
    ("b32enc", takes(&[STRING]), |call| {
        call.reserve(call.bytes(0).len().saturating_mul(2))?;
        Ok(base32_encode(call.bytes(0)).into())
    }),
    ("b32dec", takes(&[STRING]), base32_decode),
    ("sha1sum", takes(&[STRING]), |call| {
        Ok(hexadecimal(&sha1::Sha1::digest(call.bytes(0))).into())
    }),
    ("sha256sum", takes(&[STRING]), |call| {
        Ok(hexadecimal(&sha2::Sha256::digest(call.bytes(0))).into())
    }),
    ("sha512sum", takes(&[STRING]), |call| {
        Ok(hexadecimal(&sha2::Sha512::digest(call.bytes(0))).into())
    }),
    ("adler32sum", takes(&[STRING]), |call| {
        Ok(adler32(call.bytes(0)).to_string().into())
    }),
];

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    });
    high << 16 | low
}

/// Newlines do not count; what is wrong becomes the result, as in the reference.
fn base64_decode(call: &Call<'_>) -> Outcome {
    Ok(match base64_bytes(call.bytes(0)) {
        Ok(bytes) => Text::from_bytes(&bytes).into(),
        Err(message) => message.into(),
    })
}

/// The bytes, or what Go's decoder says of the text.
pub(super) fn base64_bytes(text: &[u8]) -> Result<Vec<u8>, String> {
    let plain: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    STANDARD.decode(&plain).map_err(|_| {
        let position = base64_error(text);
        format!("illegal base64 data at input byte {position}")
    })
}

/// Where Go's decoder stops.
fn base64_error(text: &[u8]) -> usize {
    let symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let mut seen = 0;
    for (position, byte) in text.iter().copied().enumerate() {
        match byte {
            b'\r' | b'\n' => {}
            _ if symbol(byte) => seen += 1,
            b'=' if seen % 4 >= 2 => {
                let rest = &text[position + 1..];
                let newlines = rest
                    .iter()
                    .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                    .count();
                let needs_second = seen % 4 == 2;
                let next = rest.get(newlines);
                return match (needs_second, next) {
                    (true, None) => text.len(),
                    (true, Some(b'=')) => position + newlines + 2,
                    (true, Some(_)) | (false, _) => position + newlines + 1,
                };
            }
            _ => return position,
        }
    }
    // The last group is incomplete.
    let whole = seen / 4 * 4;
    let mut symbols = text.iter().enumerate().filter(|(_, byte)| symbol(**byte));
    symbols
        .nth(whole)
        .map_or(text.len(), |(position, _)| position)
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let padded = chunk.iter().chain(std::iter::repeat(&0)).take(5);
        let word = padded.fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let symbols = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let bits = usize::try_from(word >> (35 - 5 * index) & 31).unwrap_or(0);
            text.push(if index < symbols {
                char::from(BASE32[bits])
            } else {
                '='
            });
        }
    }
    text
}

fn base32_decode(call: &Call<'_>) -> Outcome {
    let text = call.bytes(0);
    let plain: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut bytes = Vec::with_capacity(plain.len() / 8 * 5);
    for (group, chunk) in plain.chunks(8).enumerate() {
        let symbols = chunk.iter().take_while(|byte| **byte != b'=').count();
        let last = (group + 1) * 8 >= plain.len();
        let padded = chunk[symbols..].iter().all(|byte| *byte == b'=');
        let complete = chunk.len() == 8 && padded && (symbols == 8 || last);
        let mut word = 0_u64;
        for (index, symbol) in chunk[..symbols].iter().enumerate() {
            let Some(value) = BASE32.iter().position(|known| known == symbol) else {
                return Ok(base32_error(group * 8 + index));
            };
            word |= u64::try_from(value).unwrap_or(0) << (35 - 5 * index);
        }
        if !complete || matches!(symbols, 1 | 3 | 6) {
            return Ok(base32_error(group * 8 + symbols));
        }
        bytes.extend_from_slice(&word.to_be_bytes()[3..3 + symbols * 5 / 8]);
    }
    Ok(Text::from_bytes(&bytes).into())
}

fn base32_error(position: usize) -> crate::gotemplate::Value {
    format!("illegal base32 data at input byte {position}").into()
}
