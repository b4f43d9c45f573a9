//! Tells Cargo what is embedded: a new scenario or golden trace is a new library.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=snapshots");
}
