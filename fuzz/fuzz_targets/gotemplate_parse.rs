//! Any text is a template or an error, within bounded time and stack.
#![no_main]

use gitops_render::gotemplate::Templates;
use gitops_render::helm::functions;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut templates = Templates::new(functions());
    let _ = templates.parse("fuzz", text);
});
