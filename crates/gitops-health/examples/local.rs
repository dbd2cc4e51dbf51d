use gitops_core::*;
use gitops_health::lua::*;
use gitops_health::*;
use std::collections::HashMap;
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    let path = std::env::args().nth(2).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let runtime = Runtime::default();
    let mut scripts: HashMap<String, Script> = HashMap::new();
    let (mut good, mut all) = (0, 0);
    let mut times = vec![];
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut v = case["object"].clone();
        if Object::new(v.clone()).is_err() {
            if !v["metadata"].is_object() {
                v["metadata"] = serde_json::json!({});
            }
            v["metadata"]["generateName"] = "-".into();
        }
        let object = Object::new(v).unwrap();
        all += 1;
        let (status, message);
        match mode.as_str() {
            "lua" => {
                let name = case["script"].as_str().unwrap().to_owned();
                let script = scripts.entry(name.clone()).or_insert_with(|| {
                    let s = runtime
                        .compile(&std::fs::read_to_string(&name).unwrap(), Libraries::Open)
                        .unwrap();
                    for f in s.lint() {
                        println!("LINT {name}:{} {}", f.line, f.message);
                    }
                    s
                });
                let out = script.health(&object);
                let t = std::time::Instant::now();
                for _ in 0..5 {
                    let _ = script.health(&object);
                }
                times.push((t.elapsed().as_nanos() / 5, line.len()));
                match out {
                    Ok(Outcome::Judged(h)) => {
                        status = h.status.to_string();
                        message = h.message;
                    }
                    Ok(_) => {
                        status = String::new();
                        message = String::new();
                    }
                    Err(e) => {
                        status = "Error".into();
                        message = e.to_string();
                    }
                }
            }
            "builtin" => match Builtin.check(&object) {
                Ok(Some(h)) => {
                    status = h.status.to_string();
                    message = h.message;
                }
                Ok(None) => {
                    status = "none".into();
                    message = String::new();
                }
                Err(e) => {
                    status = "Unknown".into();
                    message = e.source.to_string();
                }
            },
            _ => panic!(),
        }
        let ok = status == case["status"]
            && (mode == "builtin" && case["message"] == "" || message == case["message"]);
        if ok {
            good += 1
        } else {
            println!(
                "{}: {status} {message:?} expected {} {}",
                case["file"], case["status"], case["message"]
            );
        }
    }
    println!("{good} of {all}");
    times.sort();
    if !times.is_empty() {
        println!(
            "median {} ns p90 {} ns of {} bytes mean",
            times[times.len() / 2].0,
            times[times.len() * 9 / 10].0,
            times.iter().map(|t| t.1).sum::<usize>() / times.len()
        );
    }
}
