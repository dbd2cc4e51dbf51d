//! Any bytes are a chart or an error, and no file of a chart lies outside it.
//!
//! Half of the inputs are packed first: few texts that a fuzzer thinks of have the
//! checksum of a gzip file.
#![no_main]

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use gitops_render::helm::Chart;
use libfuzzer_sys::fuzz_target;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fuzz_target!(|input: (bool, &[u8])| {
    let (is_packed, bytes) = input;
    let loaded = if is_packed {
        Chart::from_archive(bytes)
    } else {
        Chart::from_archive(&packed(bytes))
    };
    let Ok(chart) = loaded else { return };
    for file in chart.templates.iter().chain(&chart.files) {
        let is_inside = |part: &str| !matches!(part, "" | "." | "..");
        assert!(file.path.split('/').all(is_inside), "{:?}", file.path);
    }
});
