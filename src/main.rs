//! The `wirelab` binary: everything happens in [`wirelab::cli`].

fn main() {}
