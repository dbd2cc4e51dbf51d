mod vectors;

use std::time::{Duration, Instant};

use gitops_core::Object;
use serde_json::{Value, json};

use super::{Libraries, Limits, Runtime};
use crate::Outcome;

fn object(fields: &Value) -> Object {
    let mut object = json!({
        "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"},
    });
    for (name, value) in fields.as_object().unwrap() {
        object[name.as_str()] = value.clone();
    }
    Object::new(object).unwrap()
}

/// What a script says, as one text: `Status message`, `-` or `error: text`.
fn says(script: &str, libraries: Libraries, fields: &Value) -> String {
    let runtime = Runtime::default();
    let outcome = runtime
        .compile(script, libraries)
        .and_then(|script| script.health(&object(fields)));
    match outcome {
        Ok(Outcome::Judged(health)) if health.message.is_empty() => health.status.to_string(),
        Ok(Outcome::Judged(health)) => format!("{} {}", health.status, health.message),
        Ok(Outcome::NoStatus | Outcome::NoCheck) => "-".into(),
        Err(error) => format!("error: {error}"),
    }
}

#[track_caller]
fn gives(script: &str, expected: &str) {
    assert_eq!(
        says(script, Libraries::Restricted, &json!({})),
        expected,
        "{script}"
    );
}

/// The text of an expression, with all libraries open.
#[track_caller]
fn evaluates(expression: &str, expected: &str) {
    let script = format!("return {{status = 'Healthy', message = tostring({expression})}}");
    let said = says(&script, Libraries::Open, &json!({}));
    let said = said.strip_prefix("Healthy").unwrap_or(&said).trim_start();
    assert_eq!(said, expected, "{expression}");
}

#[test]
fn results_are_read_as_the_reference_reads_them() {
    gives("return {status='Healthy',message='ok'}", "Healthy ok");
    gives("return {STATUS='Healthy',Message='x'}", "Healthy x");
    gives("return {Status='Healthy',status='Degraded'}", "Degraded");
    for script in [
        "return {status='healthy'}",
        "return {status='Healthy '}",
        "return {message='m'}",
    ] {
        gives(script, "Unknown Lua returned an invalid health status");
    }
    for script in [
        "return {}",
        "return nil",
        "return",
        "",
        "return {'Healthy'}",
        "return {1,2}",
    ] {
        gives(script, "-");
    }
    gives("return {status=5}", "-");
    gives("return {status='Healthy',message=5}", "-");
    gives("return {status='Healthy',message={}}", "-");
    gives("return {status='Healthy',extra={1,2}}", "Healthy");
    gives("return {status='Healthy'}, nil", "-");
    gives("return nil, {status='Healthy'}", "Healthy");
    gives("return setmetatable({},{__index={status='Healthy'}})", "-");
    let object = says(
        "return obj",
        Libraries::Restricted,
        &json!({"status": {"a": 1}}),
    );
    assert_eq!(object, "-");
}

#[test]
fn results_without_json_are_errors() {
    let prefix = "error: json: error calling MarshalJSON for type json.jsonValue: ";
    let fails = |script: &str, text: &str| gives(script, &format!("{prefix}{text}"));
    fails(
        "return {status='Healthy',[1]='x'}",
        "cannot encode mixed or invalid key types",
    );
    fails(
        "return {[2]='x',status='Healthy'}",
        "cannot encode sparse array",
    );
    let again = &prefix["error: ".len()..];
    fails(
        "local t={} return {a=t,b=t}",
        &format!("{again}cannot encode recursively nested tables to JSON"),
    );
    fails(
        "return {a=print}",
        &format!("{again}cannot encode function to JSON"),
    );
    fails(
        "return {a=0/0}",
        &format!("{again}json: unsupported value: NaN"),
    );
    for (value, kind) in [
        ("true", "boolean"),
        ("'Healthy'", "string"),
        ("1", "number"),
        ("print", "function"),
    ] {
        gives(
            &format!("return {value}"),
            &format!("error: expect table output from Lua script, not {kind}"),
        );
    }
}

#[test]
fn errors_carry_their_line() {
    gives("error('boom')", "error: <string>:1: boom");
    gives("error('boom', 0)", "error: boom");
    gives("return error('boom')", "error: <string>:1: boom");
    gives(
        "\nreturn obj.status.health",
        "error: <string>:2: attempt to index a non-table object(nil) with key 'health'",
    );
    gives(
        "local s = 'a'\nreturn s:find('a')",
        "error: <string>:2: attempt to index a non-table object(string) with key 'find'",
    );
    gives(
        "nothing()",
        "error: <string>:1: attempt to call a non-function object",
    );
    gives(
        "return 'a' .. obj.x",
        "error: <string>:1: cannot perform concat operation between string and nil",
    );
    gives(
        "return 1 < 'x'",
        "error: <string>:1: attempt to compare number with string",
    );
    gives("return #nil", "error: <string>:1: __len undefined");
    gives(
        "for x in ipairs(nil) do end",
        "error: <string>:1: bad argument #1 to ipairs (table expected, got nil)",
    );
    gives(
        "for x in pairs(obj.y) do end",
        "error: <string>:1: bad argument #1 to pairs (table expected, got nil)",
    );
    gives(
        "local x = table.concat({{}})",
        "error: <string>:1: invalid value (table) at index 1 in table for concat",
    );
    gives(
        "for i='a',2 do end",
        "error: <string>:1: for statement init must be a number",
    );
    gives("require('io')", "error: <string>:1: module io not found:");
    gives("return {", "error: <string> at EOF:   syntax error\n");
}

#[test]
fn scripts_see_the_object_as_tables() {
    let fields = json!({
        "status": {"conditions": [{"type": "A"}, null, {"type": "B"}], "none": null, "count": 3.0,
            "big": 12_345_678_901_234_567_i64, "flag": true, "empty": {}},
    });
    let sees = |expression: &str, expected: &str| {
        let script = format!("return {{status='Healthy', message=tostring({expression})}}");
        assert_eq!(
            says(&script, Libraries::Restricted, &fields),
            format!("Healthy {expected}"),
            "{expression}"
        );
    };
    sees("#obj.status.conditions", "2");
    sees("obj.status.conditions[2].type", "B");
    sees("obj.status.none == nil", "true");
    sees("obj.status.count", "3");
    sees("obj.status.big", "12345678901234568");
    sees("next(obj.status.empty)", "nil");
    sees("type(next(obj.status))", "string");
    sees("getmetatable(obj.status)", "nil");
    sees("rawget(obj.status, 'flag')", "true");
    sees("table.getn(obj.status.conditions)", "2");
    sees("unpack(obj.status.conditions).type", "A");
    let all = "local t = {} for k, v in pairs(obj.status) do table.insert(t, k) end \
               return {status='Healthy', message=table.concat(t, ',')}";
    assert_eq!(
        says(all, Libraries::Restricted, &fields),
        "Healthy big,conditions,count,empty,flag"
    );
    let changed = "obj.status.new = 1 obj.status.flag = nil table.insert(obj.status.conditions, 1, {type='C'}) \
                   return {status='Healthy', message=obj.status.conditions[1].type..tostring(obj.status.flag)..#obj.status.conditions}";
    assert_eq!(
        says(changed, Libraries::Restricted, &fields),
        "Healthy Cnil3"
    );
}

#[test]
fn values_and_libraries_are_the_reference_s() {
    evaluates("10/2", "5");
    evaluates("0.1+0.2", "0.30000000000000004");
    evaluates("1e15", "1000000000000000");
    evaluates("2^63", "9.223372036854776e+18");
    evaluates("1/0", "+Inf");
    evaluates("tonumber('1e3')", "nil");
    evaluates("tonumber('1.5e3')", "1500");
    evaluates("tonumber('0x10')", "16");
    evaluates("string.format('%d', 3.7)", "3");
    evaluates("('abc'):upper()", "ABC");
    evaluates("('äb'):upper()", "ÄB");
    evaluates("('a1b22'):gsub('%d+', '<%0>')", "a<1>b<22>");
    evaluates("('a1b2'):gsub('%d', {['1']='one'})", "aoneb2");
    evaluates("('a1b2'):gsub('%d', function(d) return d * 2 end)", "a2b4");
    evaluates(
        "(function() local t = {} for k, v in ('a=1,b=2'):gmatch('(%w+)=(%w+)') do t[#t+1] = k..v end return table.concat(t) end)()",
        "a1b2",
    );
    evaluates("select('#', ('x'):byte())", "1");
    evaluates("('abc'):byte(-1)", "99");
    evaluates("('abc'):rep(2, 'x')", "abcabc");
    evaluates("('a.b'):find('.', 1, true)", "2");
    evaluates("('hello'):find('l')", "3");
    evaluates("select('#', ('a'):match('b'))", "0");
    evaluates("table.remove({})", "nil");
    evaluates("table.concat({1, 2.5, 'x'}, '-')", "1-2.5-x");
    evaluates("table.concat({1,2}, ',', 1, 9)", "1,2");
    evaluates("math.mod(7, 3)", "1");
    evaluates("math.huge == 1.7976931348623157e308", "true");
    evaluates("_VERSION", "Lua 5.1");
    evaluates("type(os.time())", "number");
    evaluates("os.date('!%Y', 0)", "1970");
    evaluates("require('os').execute", "nil");
    evaluates("os.getenv", "nil");
    evaluates("pcall(error)", "false");
    evaluates("select(2, pcall(error, {}))  ~= nil", "true");
    evaluates(
        "select(2, xpcall(function() error('x', 0) end, function(e) return e .. '!' end))",
        "x!",
    );
}

#[test]
fn nothing_of_the_host_is_there() {
    for name in [
        "io",
        "debug",
        "package",
        "coroutine",
        "load",
        "loadstring",
        "dofile",
        "loadfile",
        "module",
        "newproxy",
        "getfenv",
        "setfenv",
        "collectgarbage",
        "rawlen",
        "string.dump",
        "os.exit",
        "os.execute",
    ] {
        evaluates(name, "nil");
    }
}

#[test]
fn a_run_leaves_nothing_behind() {
    let runtime = Runtime::default();
    let run = |script: &str| {
        runtime
            .compile(script, Libraries::Open)
            .and_then(|script| script.health(&object(&json!({}))))
    };
    run("x = 1 _G.y = 2 table.z = 3").unwrap_err();
    for attempt in [
        "string.format = nil",
        "rawset(table, 'insert', nil)",
        "getmetatable('').__index.len = nil",
        "getmetatable(_G).__index.tostring = nil",
        "setmetatable(_G, nil)",
        "setmetatable(string, nil)",
        "for k in pairs(string) do string[k] = nil end",
    ] {
        run(attempt).unwrap_err();
    }
    run("tostring = nil pairs = nil obj = nil").unwrap();
    let after = "return {status = 'Healthy', message = tostring(x) .. tostring(y) .. tostring(table.z) .. obj.kind .. string.format('%d', 1)}";
    assert_eq!(
        run(after).unwrap().health().unwrap().message,
        "nilnilnilThing1"
    );
}

#[test]
fn hostile_scripts_are_stopped_and_harm_nothing() {
    // Bounded by instructions, so that a busy machine changes nothing.
    let limits = Limits::default()
        .time(Duration::from_secs(30))
        .instructions(2_000_000)
        .memory(16 << 20);
    let runtime = Runtime::new(limits);
    let healthy = runtime
        .compile("return {status='Healthy'}", Libraries::Open)
        .unwrap();
    for script in [
        "while true do end",
        "repeat until false",
        "for i = 1, math.huge do end",
        "::a:: goto a",
        "local function f() return f() end f()",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "xpcall(error, function() while true do end end)",
        "local function f() pcall(f) f() end f()",
        "local function f() return 1 + f() end f()",
        "local function f() return pcall(f) end while true do f() end",
        "local s = 'x' while true do s = s .. s end",
        "('x'):rep(1e9)",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} while true do t = {t} end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} for i = 1, 1e6 do t[i] = i end while true do table.insert(t, 1, 0) end",
        "local t = {} for i = 1, 3e5 do t[i] = -i end while true do table.sort(t) end",
        "local t = {} for i = 1, 2e5 do t[i] = 'x' end while true do table.concat(t) end",
        "return ('a'):rep(30):find(('a*'):rep(30) .. 'b')",
        "return ('a'):rep(1e6):find('.-b')",
        "while true do ('a'):rep(30):match(('a-'):rep(12) .. 'b') end",
        "while true do pcall(string.find, ('a'):rep(40), ('a*'):rep(30) .. 'b') end",
        "return ('('):rep(1e5):gsub('%b()', '')",
        "while true do string.format('%500000d', 1) end",
        "return ('a'):rep(1e6):find(('a'):rep(5e5) .. 'b', 1, true)",
        "local s = ('x'):rep(4e6) while true do local t = s .. 'y' end",
        "return string.format(('%999999d'):rep(1000))",
        "return ('x'):rep(1e6):gsub('x', ('y'):rep(1e5))",
        "setmetatable({}, {__gc = function() while true do end end}) while true do local t = {} end",
        "return setmetatable({}, {__index = function(t, k) return t[k] end}).x",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
        "return setmetatable({}, {__concat = function() while true do end end}) .. 'x'",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "local t = {} for i = 1, 1e5 do t = {t} end return t",
        "local t = {} t.t = t return t",
        "return unpack({}, 1, 1e8)",
        "return select('#', unpack({}, -2147483647, 2147483647))",
        "return {status = function() end}",
        "while true do tostring({}) end",
        "while true do for k in pairs(obj) do end end",
        "os.exit()",
        "os.execute('true')",
        "io.open('/etc/passwd')",
        "require('socket')",
    ] {
        let start = Instant::now();
        let outcome = runtime
            .compile(script, Libraries::Open)
            .and_then(|script| script.health(&object(&json!({}))));
        assert!(outcome.is_err(), "{script}: {outcome:?}");
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "{script}: {:?}",
            start.elapsed()
        );
        assert_eq!(
            healthy
                .health(&object(&json!({})))
                .unwrap()
                .health()
                .unwrap()
                .message,
            "",
            "{script}"
        );
    }
}

#[test]
fn the_time_limit_is_told_with_its_line() {
    let runtime = Runtime::new(Limits::default().time(Duration::from_millis(20)));
    let script = runtime
        .compile("while true do end", Libraries::Restricted)
        .unwrap();
    let error = script.health(&object(&json!({}))).unwrap_err();
    assert!(error.is_limit());
    assert_eq!(error.to_string(), "<string>:1: context deadline exceeded");
    let limited = Runtime::new(Limits::default().instructions(10_000));
    let script = limited
        .compile("while true do end", Libraries::Restricted)
        .unwrap();
    let error = script.health(&object(&json!({}))).unwrap_err();
    assert_eq!(error.to_string(), "<string>:1: too many instructions");
}

#[test]
fn actions_are_discovered_and_run() {
    let runtime = Runtime::default();
    let discovery = "local a = {} a['restart'] = {} a['pause'] = {disabled = obj.spec.paused, displayName = 'Hold'} \
                     a['scale'] = {params = {{name = 'replicas'}}} return a";
    let thing =
        object(&json!({"spec": {"paused": true, "labels": {"a": "b"}, "list": [{"m": {"x": 1}}]}}));
    let actions = runtime
        .compile(discovery, Libraries::Restricted)
        .unwrap()
        .discover(&thing)
        .unwrap();
    let shown: Vec<String> = actions
        .iter()
        .map(|action| {
            format!(
                "{} {} {} {}",
                action.name,
                action.disabled,
                action.display_name,
                action.parameters.len()
            )
        })
        .collect();
    assert_eq!(
        shown,
        ["pause true Hold 0", "restart false  0", "scale false  1"]
    );

    let action = "obj.spec.paused = false obj.spec.labels.a = nil obj.spec.list[1].m = {} obj.spec.fresh = {} \
                  obj.spec.replicas = tonumber(actionParams['replicas']) return obj";
    let script = runtime.compile(action, Libraries::Restricted).unwrap();
    let impacts = script
        .act(&thing, &[("replicas".into(), "3".into())])
        .unwrap();
    assert_eq!(
        impacts[0].resource["spec"],
        json!({"paused": false, "labels": {}, "list": [{"m": {}}], "fresh": [], "replicas": 3}),
    );
    let create = "return {{operation = 'create', resource = {kind = 'Job'}}, {operation = 'delete', resource = obj}}";
    let error = runtime
        .compile(create, Libraries::Restricted)
        .unwrap()
        .act(&thing, &[])
        .unwrap_err();
    assert_eq!(error.to_string(), "unsupported operation: \"delete\"");
}

proptest::proptest! {
    /// What a script hands back is what it was shown, as far as tables can tell.
    #[test]
    fn objects_survive_the_way_through_a_script(value in json()) {
        let look = "local function look(t) for _, v in pairs(t) do if type(v) == 'table' then look(v) end end end ";
        for before in ["", look] {
            let touch = if before.is_empty() { "" } else { "look(obj.value)" };
            let source = format!("{before}{touch} return {{kind = 'Thing', value = {{obj.value}}}}");
            let script = Runtime::default().compile(&source, Libraries::Restricted).unwrap();
            let thing = object(&json!({"value": {"inner": value}}));
            let impacts = script.act(&thing, &[]).unwrap();
            proptest::prop_assert_eq!(&impacts[0].resource["value"], &json!([tables(&json!({"inner": value}))]));
        }
    }
}

/// JSON as Lua's tables can hold it: without null, and with one empty table.
fn tables(value: &Value) -> Value {
    match value {
        Value::Array(list) => list
            .iter()
            .filter(|value| !value.is_null())
            .map(tables)
            .collect(),
        Value::Object(map) => {
            let entries: serde_json::Map<String, Value> = map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), tables(value)))
                .collect();
            if entries.is_empty() {
                json!([])
            } else {
                Value::Object(entries)
            }
        }
        other => other.clone(),
    }
}

fn json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}
