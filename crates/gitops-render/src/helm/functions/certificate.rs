//! Certificates.

mod issuer;

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType, SerialNumber,
};

use super::crypto::SLOW;
use super::crypto::key::{self, Key};
use super::{Entry, INT, LIST, Outcome, STRING, failed, pem, takes};
use crate::gotemplate::function::{Call, Error, Type};
use crate::gotemplate::{Object, Value};
use crate::helm::host::Host;

const CERTIFICATE: Type = Type::Object("sprig.certificate");

pub(super) const FUNCTIONS: &[Entry] = &[
    ("genCA", takes(&[STRING, INT]), |call| {
        authority(call, &new_key(call)?)
    }),
    ("genCAWithKey", takes(&[STRING, INT, STRING]), |call| {
        authority(call, &given_key(call, 2)?)
    }),
    (
        "genSelfSignedCert",
        takes(&[STRING, LIST, LIST, INT]),
        |call| self_signed(call, &new_key(call)?),
    ),
    (
        "genSelfSignedCertWithKey",
        takes(&[STRING, LIST, LIST, INT, STRING]),
        |call| self_signed(call, &given_key(call, 4)?),
    ),
    (
        "genSignedCert",
        takes(&[STRING, LIST, LIST, INT, CERTIFICATE]),
        |call| signed(call, &new_key(call)?),
    ),
    (
        "genSignedCertWithKey",
        takes(&[STRING, LIST, LIST, INT, CERTIFICATE, STRING]),
        |call| signed(call, &given_key(call, 5)?),
    ),
    ("buildCustomCert", takes(&[STRING, STRING]), custom),
];

/// A certificate and its key, both as PEM.
struct Certificate {
    cert: Arc<str>,
    key: Arc<str>,
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::string(Arc::clone(&self.cert))),
            "Key" => Some(Value::string(Arc::clone(&self.key))),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        let fields = [("Cert", &self.cert), ("Key", &self.key)];
        fields
            .into_iter()
            .map(|(name, text)| (name.into(), Value::string(Arc::clone(text))))
            .collect()
    }
}

fn new_key(call: &Call<'_>) -> Result<Key, Error> {
    call.reserve(SLOW)?;
    let random = &Host::of(call)?.sources.random;
    key::rsa(&**random, 2048)
        .map_err(|error| Error::new(format!("error generating rsa key: {error}")))
}

fn given_key(call: &Call<'_>, index: usize) -> Result<Key, Error> {
    key::from_pem(&call.text(index))
        .map_err(|error| Error::new(format!("parsing private key: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "used in place of a closure")]
fn wrong(error: rcgen::Error) -> Error {
    Error::new(format!("error creating certificate: {error}"))
}

fn authority(call: &Call<'_>, key: &Key) -> Outcome {
    let mut params = parameters(call, call.int(1), &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    finish(params.self_signed(&key.pair), key)
}

fn self_signed(call: &Call<'_>, key: &Key) -> Outcome {
    let params = parameters(call, call.int(3), &names(call)?)?;
    finish(params.self_signed(&key.pair), key)
}

fn signed(call: &Call<'_>, key: &Key) -> Outcome {
    let Some(signer) = call.value(4).as_object::<Certificate>() else {
        return failed("wrong type for value; expected sprig.certificate");
    };
    let Some(issuer) = issuer::parameters(&signer.cert) else {
        return failed("unable to decode certificate");
    };
    let signer_key = key::from_pem(&signer.key)
        .map_err(|error| Error::new(format!("error parsing private key: {error}")))?;
    let mut params = parameters(call, call.int(3), &names(call)?)?;
    params.use_authority_key_identifier_extension = true;
    let issuer = Issuer::new(issuer, &signer_key.pair);
    finish(params.signed_by(&key.pair, &issuer), key)
}

fn finish(certificate: Result<rcgen::Certificate, rcgen::Error>, key: &Key) -> Outcome {
    let certificate = certificate.map_err(wrong)?;
    Ok(Value::object(Certificate {
        cert: pem::encode("CERTIFICATE", certificate.der()).into(),
        key: key.pem.as_str().into(),
    }))
}

/// What all certificates have in common.
fn parameters(call: &Call<'_>, days: i64, names: &[SanType]) -> Result<CertificateParams, Error> {
    let host = Host::of(call)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, directory_string(&call.text(0)));
    params.subject_alt_names = names.to_vec();
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.is_ca = IsCa::ExplicitNoCa;
    params.serial_number = Some(SerialNumber::from(host.random_bytes(16)));
    let now = host.sources.clock.now().as_second();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let at = |seconds: i64| {
        // Years beyond these have no form in a certificate.
        let seconds = seconds.clamp(0, 253_402_300_799).unsigned_abs();
        epoch + Duration::from_secs(seconds)
    };
    params.not_before = at(now);
    params.not_after = at(now.saturating_add(days.saturating_mul(24 * 60 * 60)));
    Ok(params)
}

/// Text in the plainest form that holds it.
fn directory_string(text: &str) -> DnValue {
    match PrintableString::try_from(text) {
        Ok(text) => DnValue::PrintableString(text),
        Err(_) => DnValue::Utf8String(text.to_owned()),
    }
}

/// The addresses of the second argument and the names of the third.
fn names(call: &Call<'_>) -> Result<Vec<SanType>, Error> {
    let items = |index| {
        call.list(index)
            .map(|list| list.to_vec())
            .unwrap_or_default()
    };
    let mut names = Vec::new();
    for value in items(2) {
        let Some(name) = value.as_text() else {
            return failed(format!(
                "error processing alternate dns name: {value} is not a string"
            ));
        };
        let name = name.to_str().into_owned().try_into().map_err(wrong)?;
        names.push(SanType::DnsName(name));
    }
    for value in items(1) {
        let Some(text) = value.as_text() else {
            return failed(format!("error parsing ip: {value} is not a string"));
        };
        let Ok(address) = text.to_str().parse::<IpAddr>() else {
            return failed(format!("error parsing ip: {text}"));
        };
        names.push(SanType::IpAddress(address));
    }
    Ok(names)
}

fn custom(call: &Call<'_>) -> Outcome {
    let decode = |index: usize, what: &str| {
        let decoded = STANDARD.decode(call.bytes(index)).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| Error::new(format!("unable to decode base64 {what}")))
    };
    let (cert, key) = (decode(0, "certificate")?, decode(1, "private key")?);
    if issuer::parameters(&cert).is_none() {
        return failed("unable to decode certificate");
    }
    if let Err(error) = key::from_pem(&key) {
        return failed(format!("error parsing private key: {error}"));
    }
    Ok(Value::object(Certificate {
        cert: cert.into(),
        key: key.into(),
    }))
}
