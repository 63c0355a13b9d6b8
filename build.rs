//! Says what the program was built from: a manifest tells which program made a result.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["HEAD", "index"] {
        if let Some(path) = output("git", &["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let commit = output("git", &["rev-parse", "HEAD"]);
    let dirty = commit.as_ref().and_then(|_| output("git", &["status", "--porcelain", "--", "src", "Cargo.lock"]));
    set("COMMIT", commit.as_deref().unwrap_or_default());
    set("DIRTY", dirty.map_or("", |changes| if changes.is_empty() { "false" } else { "true" }));
    set("LOCK_HASH", &fs::read("Cargo.lock").map(|bytes| blake3::hash(&bytes).to_string()).unwrap_or_default());
    set("SOURCE_HASH", &source_hash());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    set("RUSTC", &output(&rustc, &["--version"]).unwrap_or_default());
    set("TARGET", &std::env::var("TARGET").unwrap_or_default());
}

fn set(name: &str, value: &str) {
    println!("cargo::rustc-env=OREWORLD_{name}={value}");
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let done = Command::new(program).args(arguments).output().ok().filter(|done| done.status.success())?;
    Some(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// Hash of every source file and of the versions of what they use, the same on every machine.
fn source_hash() -> String {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files.push("Cargo.lock".into());
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        hasher.update(file.to_string_lossy().replace('\\', "/").as_bytes());
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_string()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}
