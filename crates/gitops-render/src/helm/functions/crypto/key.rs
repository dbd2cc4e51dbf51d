//! Private keys.

use rcgen::KeyPair;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::{BigUint, RsaPrivateKey};

use super::super::pem::{self, der, id, tag};
use super::p256::public_point;
use super::prime::prime;
use crate::helm::host::Random;

/// A private key, to sign with and to show.
pub(in super::super) struct Key {
    pub(in super::super) pair: KeyPair,
    /// As Go writes it.
    pub(in super::super) pem: String,
}

/// Pairs of primes that are tried: one in thirty thousand does not go with the exponent.
const MAX_PAIRS: usize = 10;

/// A new RSA key of `bits` bits, a multiple of 128.
pub(in super::super) fn rsa(random: &dyn Random, bits: usize) -> Result<Key, String> {
    let pair = || (prime(random, bits / 2), prime(random, bits / 2));
    let key = std::iter::repeat_with(pair)
        .take(MAX_PAIRS)
        .find_map(|(p, q)| RsaPrivateKey::from_p_q(p, q, BigUint::from(65_537_u32)).ok())
        .ok_or("no primes go with the exponent")?;
    let encoded = key.to_pkcs1_der().map_err(|error| error.to_string())?;
    from_der("RSA PRIVATE KEY", encoded.as_bytes())
}

/// A new Ed25519 key as PEM.
pub(in super::super) fn ed25519(random: &dyn Random) -> String {
    let mut seed = [0; 32];
    random.fill(&mut seed);
    let algorithm = der(
        tag::SEQUENCE,
        &[&der(tag::OBJECT_ID, &[&[0x2b, 0x65, 0x70]])],
    );
    let key = der(
        tag::SEQUENCE,
        &[
            &der(tag::INTEGER, &[&[0]]),
            &algorithm,
            &der(tag::OCTET_STRING, &[&der(tag::OCTET_STRING, &[&seed])]),
        ],
    );
    pem::encode("PRIVATE KEY", &key)
}

/// Reads a key in one of the forms that Go reads.
pub(in super::super) fn from_pem(text: &str) -> Result<Key, String> {
    let Some((label, contents)) = pem::decode(text) else {
        return Err("no PEM data in input".into());
    };
    if !label.ends_with("PRIVATE KEY") {
        return Err(format!("no private key data in PEM block of type {label}"));
    }
    from_der(label, &contents)
}

fn from_der(label: &str, contents: &[u8]) -> Result<Key, String> {
    let wrapped = match label {
        "PRIVATE KEY" => Some(contents.to_vec()),
        "RSA PRIVATE KEY" => {
            let null = der(tag::NULL, &[]);
            Some(pkcs8(&[&der(tag::OBJECT_ID, &[id::RSA]), &null], contents))
        }
        "EC PRIVATE KEY" => elliptic(contents),
        other => {
            return Err(format!(
                "invalid private key type {}",
                other.trim_end_matches(" PRIVATE KEY")
            ));
        }
    };
    let invalid = || "the key has not the form its label says".to_owned();
    let encoded = wrapped.ok_or_else(invalid)?;
    let pair = KeyPair::try_from(encoded.as_slice()).map_err(|error| error.to_string())?;
    Ok(Key {
        pair,
        pem: pem::encode(label, contents),
    })
}

fn pkcs8(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    der(
        tag::SEQUENCE,
        &[
            &der(tag::INTEGER, &[&[0]]),
            &der(tag::SEQUENCE, algorithm),
            &der(tag::OCTET_STRING, &[key]),
        ],
    )
}

/// An EC key on P-256 with its public point, which the signer wants to have.
fn elliptic(contents: &[u8]) -> Option<Vec<u8>> {
    let (_, inner, _) = pem::read(contents)?;
    let parts = pem::children(inner);
    let secret = parts.iter().find(|(kind, _)| *kind == tag::OCTET_STRING)?.1;
    if secret.len() != 32 {
        return None;
    }
    let public = public_point(&BigUint::from_bytes_be(secret));
    let key = der(
        tag::SEQUENCE,
        &[
            &der(tag::INTEGER, &[&[1]]),
            &der(tag::OCTET_STRING, &[secret]),
            &der(0xa1, &[&der(tag::BIT_STRING, &[&[0], &public])]),
        ],
    );
    let algorithm = [
        der(tag::OBJECT_ID, &[id::EC_KEY]),
        der(tag::OBJECT_ID, &[id::P256]),
    ];
    Some(pkcs8(&[&algorithm[0], &algorithm[1]], &key))
}
