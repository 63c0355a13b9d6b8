//! Files of a project, read so that no file can make the program take up memory, wait or show what is none of its business.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use super::scan::MAX_BYTES;

/// Reads a file that a person named, a pipe among them, but no more than shows that it is too large.
///
/// # Errors
/// When it cannot be read.
pub fn given(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file that another file names: a plain one, called `.ron` wherever links lead, and `within` a folder if one is given.
///
/// # Errors
/// When it cannot be read, or is no such file.
pub fn named(path: &Path, within: Option<&Path>) -> io::Result<Vec<u8>> {
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let target = fs::canonicalize(path)?;
    if !fs::metadata(&target)?.is_file() {
        return refuse("it is not a plain file");
    }
    if target.extension().is_none_or(|extension| extension != "ron") {
        return refuse("only files whose names end in .ron are read");
    }
    if let Some(folder) = within {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if target.parent() != Some(fs::canonicalize(folder)?.as_path()) {
            return refuse("it is a link that leads out of the folder");
        }
    }
    given(&target)
}

/// Where a name that is written in a file leads: from that file's folder on, without steps back (`experiments/../worlds`)
/// unless links make them lead elsewhere.
#[must_use]
pub fn beside(file: &Path, name: &str) -> PathBuf {
    let joined = file.parent().unwrap_or(Path::new("")).join(name);
    let mut short = PathBuf::new();
    for part in joined.components() {
        let back = part == Component::ParentDir && matches!(short.components().next_back(), Some(Component::Normal(_)));
        if back {
            short.pop();
        } else {
            short.push(part);
        }
    }
    let folder = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()
    };
    let same = short.file_name() == joined.file_name() && folder(&joined).is_some_and(|at| folder(&short) == Some(at));
    if same { short } else { joined }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_and_names_lead_to_no_other_kind_of_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("worlds")).expect("a disk");
        fs::write(at("worlds/a.ron"), "World()").expect("a disk");
        fs::write(at("secret.txt"), "token").expect("a disk");
        symlink(at("secret.txt"), at("worlds/b.ron")).expect("a link");
        symlink(at("worlds/a.ron"), at("c.ron")).expect("a link");
        fs::create_dir(at("d.ron")).expect("a disk");
        assert_eq!(named(&at("worlds/a.ron"), Some(&at("worlds"))).expect("a world"), b"World()");
        assert_eq!(named(&at("c.ron"), None).expect("a link to a world"), b"World()");
        let refused = |name: &str, within: Option<&Path>| named(&at(name), within).expect_err(name).to_string();
        assert!(refused("c.ron", Some(folder.path())).contains("leads out"));
        assert!(refused("worlds/b.ron", None).contains("end in .ron"));
        assert!(refused("secret.txt", None).contains("end in .ron"));
        assert!(refused("d.ron", None).contains("not a plain file"));
    }

    #[test]
    fn steps_back_are_left_out_where_no_link_turns_them_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for place in ["worlds", "experiments", "elsewhere/deep"] {
            fs::create_dir_all(at(place)).expect("a disk");
        }
        fs::write(at("worlds/a.ron"), "World()").expect("a disk");
        assert_eq!(beside(&at("experiments/e.ron"), "../worlds/a.ron"), at("worlds/a.ron"));
        assert_eq!(beside(&at("worlds/e.ron"), "a.ron"), at("worlds/a.ron"));
        assert_eq!(beside(&at("experiments/e.ron"), "../worlds/none.ron"), at("worlds/none.ron"));
        // The folder above where the link leads is `elsewhere`, which has no worlds.
        symlink(at("elsewhere/deep"), at("linked")).expect("a link");
        assert_eq!(beside(&at("linked/e.ron"), "../worlds/a.ron"), at("linked/../worlds/a.ron"));
        assert_eq!(beside(Path::new("Cargo.toml"), "worlds/two-shores.ron"), Path::new("worlds/two-shores.ron"));
    }

    #[test]
    fn no_more_is_read_than_shows_that_a_file_is_too_large() {
        assert_eq!(given(Path::new("/dev/zero")).expect("zeros").len(), MAX_BYTES + 1);
    }
}
