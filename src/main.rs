//! The `wirelab` binary: everything happens in [`wirelab::cli`].

fn main() -> std::process::ExitCode {
    wirelab::cli::main()
}
