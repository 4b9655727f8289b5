//! What the public API is made of, from rustdoc's JSON: fails if a type of a crate is in it that may not be, or if too few
//! methods have an example. `.ci/package` makes the JSON and says with which command.
//!
//! The JSON's format may change with any nightly. Where this does not understand it, it finds no methods at all, or not the
//! crates that have to be there, and fails.

mod docs;

use std::{collections::BTreeSet, env, fs, process::ExitCode};

use docs::Docs;

/// Crates whose types and traits may stand in signatures: a new major version of one is one of ours.
const ALLOWED: [&str; 10] =
    ["alloc", "bytes", "core", "futures_core", "http", "http_body", "serde_core", "serde_json", "std", "tokio_util"];
/// Of a hundred public methods, so many have an example of their own.
const MIN_SHOWN: usize = 80;

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("usage: cargo run -p api -- target/doc/sse_wire.json");
        return ExitCode::from(2);
    };
    let json = fs::read(&path).map_err(|error| error.to_string());
    let docs = match json.and_then(|json| serde_json::from_slice(&json).map_err(|error| error.to_string())) {
        Ok(json) => Docs::new(json),
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(2);
        }
    };
    let are_allowed = check_crates(&docs.crates());
    let are_shown = check_examples(&docs);
    if are_allowed && are_shown { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check_crates(found: &BTreeSet<String>) -> bool {
    let allowed = ALLOWED.map(str::to_owned).into();
    println!("crates in the public API: {}", found.iter().cloned().collect::<Vec<_>>().join(", "));
    let surplus: Vec<_> = found.difference(&allowed).collect();
    let missing: Vec<_> = allowed.difference(found).collect();
    if !surplus.is_empty() {
        eprintln!("not allowed: {surplus:?}; each new major version of it would be one of ours");
    }
    if !missing.is_empty() {
        eprintln!("allowed, but not there: {missing:?}; not all features, or another format of the JSON");
    }
    surplus.is_empty() && missing.is_empty()
}

fn check_examples(docs: &Docs) -> bool {
    let methods = docs.methods();
    let without: Vec<_> = methods.iter().filter(|method| !method.has_example).collect();
    let shown = methods.len() - without.len();
    let share = shown * 100 / methods.len().max(1);
    println!("public methods and functions with an example of their own: {shown} of {} ({share} %)", methods.len());
    let is_enough = share >= MIN_SHOWN;
    if !is_enough {
        eprintln!("fewer than {MIN_SHOWN} %; these have none:");
        for method in without {
            eprintln!("  {}", method.name);
        }
    }
    is_enough
}
