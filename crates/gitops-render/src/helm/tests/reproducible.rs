use std::sync::Arc;

use serde_json::json;

use super::render;
use crate::gotemplate::{Limits, Value};
use crate::helm::{Engine, Sources, SystemRandom, TemplateCache};

#[test]
fn a_seed_makes_renders_repeat() {
    let text = r#"{{ randAlphaNum 16 }} {{ uuidv4 }} {{ shuffle "abcdefgh" }} {{ htpasswd "u" "p" }}
{{ genPrivateKey "ed25519" }}{{ genPrivateKey "ecdsa" }}{{ $ca := genCA "ca" 1 }}{{ $ca.Key }}"#;
    let first = render(text, &json!({})).unwrap();
    assert_eq!(render(text, &json!({})).unwrap(), first);
    assert!(first.contains("BEGIN EC PRIVATE KEY"));
}

#[test]
fn without_a_seed_they_do_not() {
    let engine = Engine::parse([("c/templates/x", "{{ randAlphaNum 32 }}")]).unwrap();
    let sources = Sources::default().random(SystemRandom);
    let render = || {
        engine
            .render(&Limits::default(), &sources, |_| Value::Nil)
            .unwrap()
    };
    assert_ne!(render(), render());
}

#[test]
fn the_clock_is_the_one_given() {
    let text =
        r#"{{ now | date "2006-01-02T15:04:05Z07:00" }} {{ now | unixEpoch }} {{ (now).Weekday }}"#;
    let engine = Engine::parse([("c/templates/x", text)]).unwrap();
    let sources = Sources::default().clock(|| "2020-02-29T12:30:00Z".parse().unwrap());
    let rendered = engine
        .render(&Limits::default(), &sources, |_| Value::Nil)
        .unwrap();
    assert_eq!(
        rendered["c/templates/x"],
        "2020-02-29T12:30:00Z 1582979400 Saturday"
    );
}

#[test]
fn certificates_hold_together() {
    let text = r#"{{ $ca := genCA "my-ca" 365 }}{{ $c := genSignedCert "cn" (list "10.0.0.1") (list "a.b") 30 $ca }}
{{- $again := buildCustomCert ($ca.Cert | b64enc) ($ca.Key | b64enc) }}{{ eq $again.Cert $ca.Cert }} {{ $c.Cert | hasPrefix "-----BEGIN CERTIFICATE-----\n" }}
{{- $own := genSelfSignedCertWithKey "x" nil nil 1 $ca.Key }} {{ eq $own.Key $ca.Key }}
{{- $ec := genCAWithKey "ec" 1 (genPrivateKey "ecdsa") }} {{ contains "EC PRIVATE" $ec.Key }}"#;
    assert_eq!(render(text, &json!({})).unwrap(), "true true true true");
}

#[test]
fn a_template_that_changed_is_parsed_again() {
    let cache = TemplateCache::default();
    for text in ["{{ 1 }}", "{{ 1 }}", "{{ 2 }}"] {
        let shared = Arc::from(text);
        let engine = Engine::parse_with(&cache, [("c/templates/x", &shared)]).unwrap();
        let rendered = engine.render(&Limits::default(), &Sources::default(), |_| Value::Nil);
        assert_eq!(rendered.unwrap()["c/templates/x"], text[3..4]);
    }
    assert!(Engine::parse_with(&cache, [("c/templates/x", &"{{ nope }}".into())]).is_err());
    assert_eq!(format!("{cache:?}"), "TemplateCache(1)");
}
