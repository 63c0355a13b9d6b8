//! `verify` says whether results are what they say, and `plot` draws no others.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn oreworld(verb: &str, arguments: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.arg(verb).args(arguments).arg(path).output().expect("runs")
}

fn results(out: &Path) -> PathBuf {
    let made = oreworld("run", &["experiments/two-shores-ban.ron", "--seeds", "3", "--quiet", "--out"], out);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read_dir(out).expect("a folder").next().expect("results").expect("an entry").path()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn sound_results_are_run_again_from_their_own_copies_and_drawn() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = results(out.path());
    let verified = oreworld("verify", &["--all", "--quiet"], &folder);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
    assert!(text(&verified.stdout).contains("6 of 6 runs were run again and are the same"));
    let drawn = oreworld("plot", &[], &folder);
    assert_eq!(drawn.status.code(), Some(0), "{}", text(&drawn.stderr));
    for name in ["price-cobalt-refined-north.svg", "price-cobalt-refined-north.png", "stock-cobalt.svg"] {
        assert!(folder.join("plots").join(name).exists(), "{name}");
    }
    let verified = oreworld("verify", &["--quiet"], &folder);
    assert_eq!(verified.status.code(), Some(0), "pictures among the results harm nothing");
}

#[test]
fn every_folder_is_looked_at_and_the_folder_above_names_what_to_write() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = results(out.path());
    let path = folder.to_str().expect("text");
    let nowhere = out.path().join("nowhere");
    let verified =
        oreworld("verify", &["--quiet", "--sample", "1", out.path().to_str().expect("text"), path], &nowhere);
    assert_eq!(verified.status.code(), Some(2));
    let (said, wrong) = (text(&verified.stdout), text(&verified.stderr));
    assert!(said.contains(&format!("{path}: 1 of 6 runs was run again and is the same")), "{said}");
    assert!(wrong.contains(&format!("name the folder inside, {path}\n")), "{wrong}");
    assert!(wrong.contains("nowhere"), "{wrong}");
    let twin = out.path().join("twin");
    std::fs::create_dir(&twin).expect("a disk");
    let pictures = out.path().join("pictures");
    let drawn = oreworld("plot", &["--out", pictures.to_str().expect("text"), path], &twin);
    assert_eq!(drawn.status.code(), Some(2), "the twin is empty");
    let name = folder.file_name().expect("a name");
    assert!(pictures.join(name).join("stock-cobalt.svg").exists(), "{}", text(&drawn.stderr));
}

#[test]
fn a_changed_byte_and_an_unfinished_folder_are_refused() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = results(out.path());
    let path = folder.join("markets.parquet");
    let mut bytes = std::fs::read(&path).expect("a file");
    bytes[1_000] ^= 4;
    std::fs::write(&path, bytes).expect("a disk");
    for verb in ["verify", "plot"] {
        let refused = oreworld(verb, &[], &folder);
        assert_eq!(refused.status.code(), Some(1), "{verb}");
        assert!(text(&refused.stderr).contains("markets.parquet: its hash differs"), "{}", text(&refused.stderr));
    }
    std::fs::write(folder.join("journal"), b"").expect("a disk");
    let refused = oreworld("verify", &[], &folder);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("not complete"), "{}", text(&refused.stderr));
}
