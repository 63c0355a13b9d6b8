//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    oreworld::cli::main()
}
