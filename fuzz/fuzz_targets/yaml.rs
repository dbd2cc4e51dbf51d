//! Whatever is read is written so that it reads back the same, and the subset that is read
//! in one pass means what the full parser says.
#![no_main]

use gitops_core::yaml::{self, Dialect, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = yaml::decode(bytes) else { return };
    let _ = yaml::objects(&text, &Options::default());
    for dialect in [Dialect::Kubernetes, Dialect::Helm, Dialect::Kustomize] {
        let options = Options::default().dialect(dialect);
        let read = yaml::read(&text, &options);
        // A directive is beyond the subset. It must be the first, and the text's only document.
        if !["---", "...", "%", "\u{feff}"].iter().any(|mark| text.contains(mark)) {
            let fully = yaml::read(&format!("%YAML 1.1\n---\n{text}"), &options);
            assert_eq!(read.as_ref().ok(), fully.as_ref().ok());
        }
        let Ok(value) = read else { continue };
        let written = yaml::write(&value);
        // Line breaks of YAML 1.1 alone are written as Go writes them, and fold on the way back.
        if written.contains(['\u{2028}', '\u{2029}']) {
            continue;
        }
        let back = yaml::read(&written, &Options::default()).expect("written text reads");
        assert_eq!(yaml::write(&back), written);
    }
});
