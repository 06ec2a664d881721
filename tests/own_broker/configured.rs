//! The settings of a broker of one's own: read, shown and refused like all others.

use serde_json::json;

use crate::house::House;

#[test]
fn its_keys_are_shown_with_their_places() {
    let house = House::new("cash = 2_000_000");
    let said = house.run("config show --origin");
    assert_eq!(said.code, Some(0), "{said:?}");
    let line = |start: &str| {
        let found = said.out.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("{start}: {}", said.out))
    };
    assert!(line("use = ").contains("\"file_desk\""));
    assert!(
        line("cash = 2000000 ").ends_with("# book.toml, line 18"),
        "{}",
        line("cash = 2")
    );
    assert!(line("fill_after = \"50ms\"").ends_with("# built in"));
    assert!(said.out.contains("\n[broker.file_desk]\n"), "{}", said.out);
    // What is shown is a config again.
    house.write("shown.toml", &said.out);
    let again = house.run("config show -c shown.toml");
    let plain = house.run("config show");
    assert_eq!(again.out, plain.out);
    let checked = house.json("config check");
    assert_eq!(checked["ok"], json!(true));
}

#[test]
fn it_is_in_the_schema_of_its_program() {
    let schema = house_schema("config schema");
    let broker = &schema["properties"]["broker"]["properties"];
    assert_eq!(broker["use"]["enum"], json!(["paper", "ib", "file_desk"]));
    let own = &broker["file_desk"];
    assert_eq!(
        own["description"],
        json!("a desk that is a file, and fills at the last close")
    );
    assert_eq!(own["additionalProperties"], json!(false));
    assert_eq!(own["properties"]["fill_after"]["type"], json!("string"));
    let framed = house_schema("config schema --json");
    assert_eq!(framed["json_schema"], schema);
}

fn house_schema(words: &str) -> serde_json::Value {
    serde_json::from_str(&House::new("").run(words).out).unwrap()
}

#[test]
fn a_variable_sets_a_key_of_its_own() {
    let house = House::new("");
    let mut command = house.command("config show --origin");
    command.env("POLYFOLIO__BROKER__FILE_DESK__COMMISSION", "2.50");
    let said = crate::house::Said::of("config show", command.output().unwrap());
    let line = said
        .out
        .lines()
        .find(|line| line.starts_with("commission = "));
    let line = line.unwrap();
    assert!(line.starts_with("commission = 2.5 "), "{line}");
    assert!(
        line.ends_with("# environment POLYFOLIO__BROKER__FILE_DESK__COMMISSION"),
        "{line}"
    );
}

#[test]
fn what_is_wrong_has_its_file_and_line() {
    let said = [
        (
            "comission = 1",
            &[
                "unknown key \"comission\"",
                "book.toml, line 18",
                "did you mean commission?",
            ][..],
        ),
        (
            "colour = 1",
            &[
                "unknown key \"colour\"",
                "valid keys here: file, cash, commission, fill_after",
            ][..],
        ),
        (
            "cash = \"much\"",
            &[
                "cash is not a number",
                "book.toml, line 18, broker.file_desk.cash = \"much\"",
            ][..],
        ),
        (
            "fill_after = 3",
            &["fill_after is not a length of time", "such as \"50ms\""][..],
        ),
    ];
    for (key, parts) in said {
        let said = House::new(key).run("config check");
        assert_eq!(said.code, Some(2), "{key}: {said:?}");
        for part in parts {
            assert!(said.err.contains(part), "{key}: {part}\n{}", said.err);
        }
    }
}

/// Another book in place of the one that is there.
fn refused(change: (&str, &str)) -> String {
    let house = House::new("");
    let book = std::fs::read_to_string(house.path("book.toml")).unwrap();
    let other = book.replace(change.0, change.1);
    assert_ne!(other, book, "{change:?} changes nothing");
    house.write("book.toml", &other);
    let said = house.run("plan");
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    said.err
}

#[test]
fn a_broker_that_there_is_not_is_refused_with_those_there_are() {
    let said = refused(("use = \"file_desk\"", "use = \"fil_desk\""));
    let expected = "error: use cannot be \"fil_desk\"\n  book.toml, line 15, broker.use = \"fil_desk\"\n  \
                    expected one of \"paper\", \"ib\", \"file_desk\"; did you mean \"file_desk\"?\n";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn what_it_needs_and_what_it_cannot_use_is_said_in_its_words() {
    let said = refused(("file = \"state/desk.jsonl\"\n", ""));
    let expected = "error: the broker file_desk needs file\n  book.toml, line 15\n  \
                    file in [broker.file_desk]: text such as \"state/desk.jsonl\"\n";
    assert!(said.starts_with(expected), "{said}");
    let said = refused(("commission = 1.00", "commission = -1"));
    let expected = "error: commission is negative\n  \
                    book.toml, line 20, broker.file_desk.commission = -1\n  expected 0 or above\n";
    assert!(said.starts_with(expected), "{said}");
    let said = refused(("[broker]\n", "[broker.file_desc]\n[broker]\n"));
    assert!(said.contains("did you mean file_desk?"), "{said}");
    let said = refused(("[history]\n", "mode = \"live\"\n[history]\n"));
    let expected = "error: mode is \"live\", and the broker file_desk has no such account\n  \
                    book.toml, line 1, mode = \"live\"\n  expected mode = \"paper\", or another broker\n";
    assert!(said.starts_with(expected), "{said}");
}

/// A desk that cannot be read is no account, for a look neither.
#[test]
fn a_desk_that_is_damaged_is_refused_by_its_name() {
    let house = House::new("");
    std::fs::create_dir_all(house.path("state")).unwrap();
    house.write("state/desk.jsonl", "{\"order\":\n");
    for verb in ["plan", "run"] {
        let said = house.run(verb);
        assert_eq!(said.code, Some(5), "{verb}: {said:?}");
        assert!(
            said.err.starts_with("error: file_desk: state/desk.jsonl: "),
            "{}",
            said.err
        );
    }
}
