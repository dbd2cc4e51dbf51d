//! What differs from one render to the next, unless the source is seeded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encoding::hexadecimal;
use super::{Entry, INT, Outcome, STRING, failed, takes};
use crate::gotemplate::Value;
use crate::gotemplate::function::Call;
use crate::helm::host::Host;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("randAlphaNum", takes(&[INT]), |call| {
        text(call, ALPHANUMERIC)
    }),
    ("randAlpha", takes(&[INT]), |call| text(call, ALPHABETIC)),
    ("randNumeric", takes(&[INT]), |call| text(call, NUMERIC)),
    ("randAscii", takes(&[INT]), |call| text(call, PRINTABLE)),
    ("randBytes", takes(&[INT]), |call| {
        let count = count(call)?;
        let bytes = Host::of(call)?.random_bytes(count);
        Ok(STANDARD.encode(&bytes).into())
    }),
    ("randInt", takes(&[INT, INT]), |call| {
        let (low, high) = (call.int(0), call.int(1));
        if high <= low {
            return failed("invalid argument to Intn");
        }
        let offset = Host::of(call)?.random_below(high.abs_diff(low));
        Ok(Value::Int(low.wrapping_add_unsigned(offset)))
    }),
    ("shuffle", takes(&[STRING]), shuffle),
    ("uuidv4", takes(&[]), uuid),
];

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ALPHABETIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const NUMERIC: &[u8] = b"0123456789";

/// ASCII from the blank to the tilde.
const PRINTABLE: &[u8] = b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

fn count(call: &Call<'_>) -> Result<usize, crate::gotemplate::function::Error> {
    let count = usize::try_from(call.int(0)).unwrap_or(0);
    // Each byte is drawn by itself, which costs about this much work.
    call.reserve(count.saturating_mul(64))?;
    Ok(count)
}

fn text(call: &Call<'_>, alphabet: &[u8]) -> Outcome {
    let host = Host::of(call)?;
    let length = alphabet.len() as u64;
    let chars = (0..count(call)?).map(|_| {
        let index = usize::try_from(host.random_below(length)).unwrap_or(0);
        char::from(alphabet[index])
    });
    Ok(chars.collect::<String>().into())
}

fn shuffle(call: &Call<'_>) -> Outcome {
    let host = Host::of(call)?;
    let mut chars: Vec<char> = call.text(0).chars().collect();
    call.reserve(chars.len().saturating_mul(64))?;
    for last in (1..chars.len()).rev() {
        let other = host.random_below(last as u64 + 1);
        chars.swap(last, usize::try_from(other).unwrap_or(0));
    }
    Ok(chars.into_iter().collect::<String>().into())
}

fn uuid(call: &Call<'_>) -> Outcome {
    let mut bytes = Host::of(call)?.random_bytes(16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hexadecimal(&bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    Ok(parts.join("-").into())
}
