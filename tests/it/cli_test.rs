//! `wirelab test`: which seeds a scenario is judged at, and what its golden trace keeps.

use wirelab::scenario::builtin;

use super::cli::{folder, run};

/// A scenario whose every frame is a matter of its seed.
fn of_seed(line: &str) -> String {
    let text = builtin::find("ftp-connect").expect("a built-in");
    text.text
        .replacen("\nsegments:", &format!("\n{line}\nsegments:"), 1)
}

#[test]
fn a_file_that_says_its_seed_is_judged_with_that_one_alone() {
    let here = folder();
    let file = here.path().join("mine.yaml");
    let test = |more: &[&str]| run(here.path(), &[&["test", "mine.yaml"], more].concat());
    std::fs::write(&file, of_seed("seed: 11")).expect("a file");
    let blessed = test(&["--bless"]);
    assert_eq!(blessed.code, 0, "{}", blessed.err);
    assert!(
        blessed.out.contains(" frames, seed 11  ("),
        "{}",
        blessed.out
    );
    let golden = std::fs::read_to_string(here.path().join("mine.golden")).expect("a golden trace");
    let told = run(here.path(), &["run", "mine.yaml", "-o", "mine.pcap"]).out;
    let hash = golden
        .lines()
        .find_map(|line| line.strip_prefix("seed 11 "));
    assert!(
        told.contains(&hash.expect("its hash")[..12]),
        "{golden}\n{told}"
    );
    let list = run(here.path(), &["show", "mine.pcap"]).out;
    // What the seed made: a hardware address.
    let made = golden
        .split_once("is at ")
        .and_then(|(_, rest)| rest.get(..17));
    assert!(list.contains(made.expect("an answer")), "{golden}\n{list}");
    assert_eq!(test(&[]).code, 0);

    std::fs::write(&file, of_seed("seed: 12")).expect("a file");
    let other = test(&[]);
    assert_eq!(other.code, 1);
    let told = "it is of seed 11, and this scenario is played with seed 12";
    assert!(other.err.contains(told), "{}", other.err);

    std::fs::write(&file, of_seed("")).expect("a file");
    let none = test(&[]);
    assert_eq!(none.code, 1);
    assert!(
        none.out.contains(" frames, seeds 1, 2, 3\n"),
        "{}",
        none.out
    );
}

/// `ftp-mget` says a seed of its own, and its hashes are of three others.
#[test]
fn a_built_in_is_compared_at_the_seeds_of_the_manifest() {
    let tested = run(folder().path(), &["test", "ftp-mget"]);
    assert_eq!(tested.code, 0, "{}", tested.err);
    assert!(tested.out.contains("seeds 1, 2, 3\n"), "{}", tested.out);
}

#[test]
fn what_fails_its_own_checks_is_no_golden_trace() {
    let here = folder();
    let text = of_seed("seed: 3") + "\n  - cleartext: nobody-says-this\n";
    assert!(text.contains("\nchecks:"), "checks come last");
    std::fs::write(here.path().join("mine.yaml"), text).expect("a file");
    let refused = run(here.path(), &["test", "mine.yaml", "--bless"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(
        refused.out.contains("no golden trace written"),
        "{}",
        refused.out
    );
    assert!(refused.err.contains("(seed 3)"), "{}", refused.err);
    assert!(!here.path().join("mine.golden").exists());
}

/// Where to look for a frame helps whoever looks for one, and nobody else.
#[test]
fn the_place_of_the_tap_is_told_where_a_frame_was_not_found() {
    let here = folder();
    let text = builtin::find("nat-helper").expect("a built-in").text;
    let help = "in the scenario names another place";
    let wrong = text.replacen(
        "      - login: { user: maria, password: Tulip",
        "      - login: { user: maria, password: Rose",
        1,
    );
    std::fs::write(here.path().join("wrong.yaml"), wrong).expect("a file");
    let failing = |name: &str, set: &str| {
        let all = ["run", name, "--set", set, "--set", "notes=[]"];
        run(here.path(), &all).err
    };
    let check = failing("nat-helper", "checks=[{ cleartext: nobody-says-this }]");
    assert!(check.contains(help), "{check}");
    let actor = failing("wrong.yaml", "checks=[]");
    assert!(actor.contains("did not get on"), "{actor}");
    assert!(!actor.contains(help), "{actor}");
}
