//! Just enough DER and PEM for keys and certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Tags of DER values.
pub(super) mod tag {
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const BIT_STRING: u8 = 0x03;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const NULL: u8 = 0x05;
    pub(in super::super) const OBJECT_ID: u8 = 0x06;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
}

/// Object ids, encoded.
pub(super) mod id {
    pub(in super::super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub(in super::super) const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(in super::super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(in super::super) const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
}

/// A DER value of these contents.
pub(super) fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let mut encoded = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => encoded.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let used = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(0)..];
            encoded.push(0x80 | u8::try_from(used.len()).unwrap_or(8));
            encoded.extend_from_slice(used);
        }
    }
    for part in contents {
        encoded.extend_from_slice(part);
    }
    encoded
}

/// The first DER value of `bytes`: its tag, its contents, and what follows.
pub(super) fn read(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let long = digits.len() > 4;
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
        if long {
            return None;
        }
        (length, rest)
    };
    let (contents, after) = rest.split_at_checked(length)?;
    Some((*tag, contents, after))
}

/// The values that DER contents consist of, each with its tag.
pub(super) fn children(contents: &[u8]) -> Vec<(u8, &[u8])> {
    let mut children = Vec::new();
    let mut rest = contents;
    while let Some((tag, contents, after)) = read(rest) {
        children.push((tag, contents));
        rest = after;
    }
    children
}

/// Contents with their PEM frame.
pub(super) fn encode(label: &str, contents: &[u8]) -> String {
    let text = STANDARD.encode(contents);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}

/// The label and contents of the first PEM block.
pub(super) fn decode(pem: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (text, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let text: String = text.split_whitespace().collect();
    Some((label, STANDARD.decode(text).ok()?))
}
