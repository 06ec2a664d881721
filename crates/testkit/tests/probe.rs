use polyfolio_testkit::campaign::attempt;
#[test]
fn probe() {
    let get = |n: &str, d: u64| std::env::var(n).ok().and_then(|t| t.parse().ok()).unwrap_or(d);
    if let Ok(seed) = std::env::var("SEED") {
        match attempt(seed.parse().unwrap(), None, true) {
            Ok(o) => println!("{}", o.log),
            Err(f) => println!("FAULT {f}"),
        }
        return;
    }
    std::panic::set_hook(Box::new(|_| {}));
    let (from, n) = (get("FROM", 0), get("SEEDS", 100));
    let mut bad = std::collections::BTreeMap::<String, Vec<(u64, String)>>::new();
    let mut sum = (0, 0, 0, 0u64);
    for seed in from..from + n {
        match attempt(seed, None, false) {
            Ok(o) => { sum.0 += 1; sum.1 += o.submits; sum.2 += o.repeats; sum.3 += o.fills as u64; }
            Err(f) => bad.entry(f.promise.to_owned()).or_default().push((seed, f.what.chars().take(300).collect())),
        }
    }
    println!("{sum:?}");
    for (k, v) in &bad { println!("== {k}: {}", v.len()); for (s, w) in v.iter().take(6) { println!("   {s}: {w}"); } }
}
