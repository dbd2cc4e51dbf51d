//! Any object can be shown to a script and judged, and no script does harm.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use gitops_core::Object;
use gitops_health::Chain;
use gitops_health::lua::{Libraries, Limits, Runtime, Script};
use libfuzzer_sys::fuzz_target;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Runtime::new(Limits::default().time(Duration::from_millis(200)).instructions(1_000_000))
});

/// Looks at everything, and hands the object back.
static LOOKS: LazyLock<Script> = LazyLock::new(|| {
    let source = "local function look(t) for k, v in pairs(t) do \
                  if type(v) == 'table' then look(v) end end end look(obj) return {obj = obj}";
    RUNTIME.compile(source, Libraries::Restricted).expect("it is Lua")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // An object up to the first NUL, a script after it.
    let (json, script) = text.split_once('\0').unwrap_or((text, ""));
    let Ok(value) = serde_json::from_str(json) else { return };
    let Ok(object) = Object::new(value) else { return };
    let _ = Chain::standard().related().conventions().judge(&object);
    let _ = LOOKS.health(&object);
    if let Ok(script) = RUNTIME.compile(script, Libraries::Open) {
        let _ = script.lint();
        let _ = script.health(&object);
        let _ = script.discover(&object);
        let _ = script.act(&object, &[]);
    }
});
