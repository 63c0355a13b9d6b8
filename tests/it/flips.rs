//! Folders in which every changed byte is found.

use std::path::Path;
use std::process::Command;

use super::kills::contents;

/// Turns over a bit in the middle of each file of a folder, one after another, and takes a chunk away: `oreworld verify`
/// finds nothing before, each of them while it is so, and nothing after, nor anything in a note that lies beside them.
pub(crate) fn every_flipped_bit_is_found(folder: &Path, least_files: usize) {
    let verify = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
        let output = command.arg("verify").arg(folder).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, said) = verify();
    assert!(code == Some(0) && said.contains("files are as the manifest says"), "{said}");
    let all = contents(folder);
    assert!(all.len() >= least_files, "{} files", all.len());
    for (name, good) in &all {
        let path = folder.join(name);
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 4;
        std::fs::write(&path, &bad).expect("a disk");
        let (code, said) = verify();
        let file = Path::new(name).file_name().expect("a name").to_string_lossy();
        assert!(code == Some(1) && said.contains(&*file), "{name}: {said}");
        std::fs::write(&path, good).expect("a disk");
    }
    let chunk = all.keys().find(|name| name.contains("chunks")).expect("chunks");
    std::fs::remove_file(folder.join(chunk)).expect("a disk");
    let (code, said) = verify();
    assert!(code == Some(1) && said.contains("chunks hold"), "{said}");
    std::fs::write(folder.join(chunk), &all[chunk]).expect("a disk");
    let rounds = folder.join("rounds");
    let beside = if rounds.is_dir() { &rounds } else { folder };
    std::fs::write(beside.join("note.txt"), "look again at the third").expect("a disk");
    let (code, said) = verify();
    assert!(code == Some(0), "{said}");
}
