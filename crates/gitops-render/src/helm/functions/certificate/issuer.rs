//! Reads from a certificate what those that it signs must repeat.

use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyIdMethod};

use super::super::pem::{self, id, tag};

/// The subject's name and key id of a certificate in PEM.
pub(super) fn parameters(text: &str) -> Option<CertificateParams> {
    let (label, contents) = pem::decode(text)?;
    if label != "CERTIFICATE" {
        return None;
    }
    let (_, certificate, _) = pem::read(&contents)?;
    let (_, signed, _) = pem::read(certificate)?;
    let mut fields = pem::children(signed);
    // The version is optional and marked by its own tag.
    if fields.first()?.0 == 0xa0 {
        fields.remove(0);
    }
    // Serial number, algorithm, issuer, validity, subject, key.
    let (_, subject) = fields.get(4)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = name(subject)?;
    let extensions = fields
        .iter()
        .find(|(tag, _)| *tag == 0xa3)
        .map(|(_, contents)| *contents);
    if let Some(key_id) = extensions.and_then(subject_key_id) {
        params.key_identifier_method = KeyIdMethod::PreSpecified(key_id);
    }
    Some(params)
}

fn name(contents: &[u8]) -> Option<DistinguishedName> {
    let mut name = DistinguishedName::new();
    for (_, set) in pem::children(contents) {
        for (_, attribute) in pem::children(set) {
            let [(tag::OBJECT_ID, kind), (value_tag, value)] = *pem::children(attribute).as_slice()
            else {
                return None;
            };
            name.push(
                DnType::from_oid(&components(kind)),
                value_of(value_tag, value)?,
            );
        }
    }
    Some(name)
}

fn value_of(tag: u8, value: &[u8]) -> Option<DnValue> {
    let text = std::str::from_utf8(value).ok()?;
    Some(match tag {
        0x13 => DnValue::PrintableString(text.try_into().ok()?),
        0x14 => DnValue::TeletexString(text.try_into().ok()?),
        0x16 => DnValue::Ia5String(text.try_into().ok()?),
        0x0c => DnValue::Utf8String(text.to_owned()),
        _ => return None,
    })
}

/// An object id's numbers.
fn components(encoded: &[u8]) -> Vec<u64> {
    let mut components = Vec::new();
    let mut number = 0_u64;
    for byte in encoded {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if components.is_empty() {
            let first = (number / 40).min(2);
            components.extend([first, number - first * 40]);
        } else {
            components.push(number);
        }
        number = 0;
    }
    components
}

fn subject_key_id(extensions: &[u8]) -> Option<Vec<u8>> {
    let (_, list, _) = pem::read(extensions)?;
    for (_, extension) in pem::children(list) {
        let parts = pem::children(extension);
        let (_, kind) = parts.first()?;
        if *kind == id::SUBJECT_KEY_ID {
            let (_, key_id, _) = pem::read(parts.last()?.1)?;
            return Some(key_id.to_vec());
        }
    }
    None
}
