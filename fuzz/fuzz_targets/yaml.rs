//! Whatever is read is written so that it reads back the same.
#![no_main]

use gitops_core::yaml::{self, Dialect, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = yaml::decode(bytes) else { return };
    let _ = yaml::objects(&text, &Options::default());
    for dialect in [Dialect::Kubernetes, Dialect::Helm, Dialect::Kustomize] {
        let Ok(value) = yaml::read(&text, &Options::default().dialect(dialect)) else { continue };
        let written = yaml::write(&value);
        // Line breaks of YAML 1.1 alone are written as Go writes them, and fold on the way back.
        if written.contains(['\u{2028}', '\u{2029}']) {
            continue;
        }
        let back = yaml::read(&written, &Options::default()).expect("written text reads");
        assert_eq!(yaml::write(&back), written);
    }
});
