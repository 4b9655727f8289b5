//! Tells the gate what compiled it: counts of two compilers cannot be compared without a word.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8(output.stdout).expect("the version is text");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    println!("cargo::rustc-env=GATE_COMPILER={} for {target}", version.trim());
}
