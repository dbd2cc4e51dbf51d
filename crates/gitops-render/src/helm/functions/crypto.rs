//! Passwords' hashes, keys and ciphers.

mod aes;
pub(super) mod key;
mod p256;
mod prime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encoding::base64_bytes;
use super::{Entry, Outcome, STRING, failed, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Text, Value};
use crate::helm::host::Host;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("bcrypt", takes(&[STRING]), |call| {
        Ok(bcrypt(call, call.bytes(0))?.into())
    }),
    ("htpasswd", takes(&[STRING, STRING]), |call| {
        let user = call.text(0);
        if user.contains(':') {
            return Ok(format!("invalid username: {user}").into());
        }
        Ok(format!("{user}:{}", bcrypt(call, call.bytes(1))?).into())
    }),
    ("genPrivateKey", takes(&[STRING]), generate_key),
    ("encryptAES", takes(&[STRING, STRING]), encrypt),
    ("decryptAES", takes(&[STRING, STRING]), decrypt),
];

/// The work that one slow function does, in bytes of the allocation's bound, so that
/// a chart cannot call it without end.
pub(super) const SLOW: usize = 4 << 20;

const BCRYPT_COST: u32 = 10;
const MAX_PASSWORD: usize = 72;

fn bcrypt(call: &Call<'_>, password: &[u8]) -> Result<String, Error> {
    call.reserve(SLOW)?;
    if password.len() > MAX_PASSWORD {
        return Ok(
            "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".into(),
        );
    }
    let mut salt = [0; 16];
    Host::of(call)?.sources.random.fill(&mut salt);
    let hash = bcrypt::hash_with_salt(password, BCRYPT_COST, salt);
    Ok(match hash {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    })
}

fn generate_key(call: &Call<'_>) -> Outcome {
    let random = &Host::of(call)?.sources.random;
    let kind = call.text(0);
    call.reserve(SLOW)?;
    let generated = match &*kind {
        "" | "rsa" => {
            call.reserve(16 * SLOW)?;
            key::rsa(&**random, 4096).map(|key| key.pem)
        }
        "ecdsa" => Ok(p256::generate(&**random)),
        "ed25519" => Ok(key::ed25519(&**random)),
        "dsa" => Err("DSA keys are not supported; they are obsolete".to_owned()),
        other => return Ok(format!("Unknown type {other}").into()),
    };
    match generated {
        Ok(pem) => Ok(pem.into()),
        Err(reason) => failed(format!("failed to generate private key: {reason}")),
    }
}

/// The password itself is the key, cut or filled with zeros.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}

fn encrypt(call: &Call<'_>) -> Outcome {
    let plain = call.bytes(1);
    call.reserve(plain.len().saturating_mul(8))?;
    let padding = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + padding, u8::try_from(padding).unwrap_or(16));
    let mut output = Host::of(call)?.random_bytes(16);
    let cipher = aes::Cipher::new(&aes_key(call.bytes(0)));
    for block in padded.chunks(16) {
        let start = output.len() - 16;
        let mut mixed = [0; 16];
        for (index, byte) in block.iter().enumerate() {
            mixed[index] = byte ^ output[start + index];
        }
        output.extend_from_slice(&cipher.encrypt(mixed));
    }
    Ok(STANDARD.encode(output).into())
}

fn decrypt(call: &Call<'_>) -> Outcome {
    let text = call.bytes(1);
    if text.is_empty() {
        return Ok("".into());
    }
    let input = base64_bytes(text).map_err(Error::new)?;
    if input.len() < 32 || input.len() % 16 != 0 {
        return failed("ciphertext is not a multiple of the block size");
    }
    call.reserve(input.len().saturating_mul(8))?;
    let cipher = aes::Cipher::new(&aes_key(call.bytes(0)));
    let mut plain = Vec::with_capacity(input.len());
    for start in (16..input.len()).step_by(16) {
        let mut block = [0; 16];
        block.copy_from_slice(&input[start..start + 16]);
        let block = cipher.decrypt(block);
        plain.extend(
            block
                .iter()
                .zip(&input[start - 16..])
                .map(|(byte, before)| byte ^ before),
        );
    }
    let padding = usize::from(plain.last().copied().unwrap_or(0));
    match plain.len().checked_sub(padding) {
        Some(length) => Ok(Value::String(Text::from_bytes(&plain[..length]))),
        None => failed("wrong padding: the key does not fit"),
    }
}
