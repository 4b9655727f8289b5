//! The list of features in this package's Cargo.toml is whole: a feature that is left out takes its tests with it.

use std::{fs, path::Path};

#[test]
fn every_feature_is_asked_for() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crate_manifest = fs::read_to_string(here.join("../../Cargo.toml")).expect("the crate's Cargo.toml");
    let manifest = fs::read_to_string(here.join("Cargo.toml")).expect("this package's Cargo.toml");
    let (_, features) = crate_manifest.split_once("\n[features]\n").expect("a table of features");
    let (features, _) = features.split_once("\n[").expect("a table after it");
    let names = features.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let (names, left_out): (Vec<_>, Vec<_>) = names.map(|(name, _)| name).partition(|name| {
        // `default` is asked for by being left alone, and brings these two.
        ["default", "std", "simdutf8"].contains(name) || manifest.contains(&format!("\"{name}\""))
    });
    assert!(left_out.is_empty() && names.len() >= 11, "left out: {left_out:?}; there: {names:?}");
}
