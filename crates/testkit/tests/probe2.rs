use polyfolio_testkit::{campaign::attempt, Mutation};
#[test]
fn mutations() {
    std::panic::set_hook(Box::new(|_| {}));
    for m in Mutation::ALL {
        let mut found = vec![];
        for seed in 0..400 {
            if let Err(f) = attempt(seed, Some(m), false) { found.push((seed, f)); if found.len() > 20 {break} }
        }
        println!("{m:?}: {:?}", found.iter().map(|f| f.0).collect::<Vec<_>>());
        for f in found.iter().take(3) { println!("    {} {}", f.1.promise, f.1.what.chars().take(200).collect::<String>()); }
    }
}
