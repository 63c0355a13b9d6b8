//! Files that are either whole or absent.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Beginning of the names of files that are not whole yet.
pub(crate) const UNFINISHED: &str = ".unfinished-";

/// Writes a file whole: under another name, forced to the disk, then renamed into place.
///
/// # Errors
/// When the disk fails, or something other than a plain file already has the name.
pub fn write_whole<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    let value = write_into_place(path, write)?;
    sync_folder(folder_of(path))?;
    Ok(value)
}

/// Writes a file whole, but leaves it to [`sync_folder`] to make its name last: until then a power cut may take it away.
///
/// # Errors
/// As [`write_whole`].
pub fn write_into_place<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    refuse_special(path)?;
    let mut file = unfinished(folder_of(path))?;
    let mut sink = BufWriter::with_capacity(1 << 18, file.as_file_mut().try_clone()?);
    let value = write(&mut sink)?;
    sink.flush()?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(value)
}

/// Writes bytes whole.
///
/// # Errors
/// As [`write_whole`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, |sink| sink.write_all(bytes))
}

/// A file that vanishes unless it is renamed into place. Readable by all, as files made in the usual way are.
pub(super) fn unfinished(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

/// Removes what a stopped program left half written.
///
/// # Errors
/// When the folder cannot be read.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a folder's list of names last.
///
/// # Errors
/// When the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// An error when a name belongs to something that is not a plain file, such as a device.
///
/// # Errors
/// That one.
pub fn refuse_special(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is not a plain file; choose another folder", path.display()),
        )),
        _ => Ok(()),
    }
}

/// Opens a plain file for reading and writing, making it if need be.
///
/// # Errors
/// When it cannot be opened or is not a plain file.
pub fn open_plain(path: &Path) -> io::Result<File> {
    refuse_special(path)?;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// BLAKE3 of a file in hexadecimal, and its length.
///
/// # Errors
/// When it cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok((hasher.finalize().to_hex().to_string(), bytes))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_absent_and_readable_by_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        let stopped: io::Result<()> = write_whole(&path, |sink| {
            sink.write_all(b"half")?;
            Err(io::Error::other("stopped"))
        });
        assert!(stopped.is_err() && !path.exists());
        write_bytes(&path, b"whole").expect("a disk");
        assert_eq!(fs::read(&path).expect("a file"), b"whole");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o644);
        }
        fs::write(folder.path().join(".unfinished-1"), b"half").expect("a disk");
        sweep(folder.path()).expect("a folder");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_is_not_a_plain_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("runs.parquet")).expect("a folder");
        let error = write_bytes(&folder.path().join("runs.parquet"), b"x").expect_err("a folder");
        assert!(error.to_string().contains("not a plain file"), "{error}");
    }
}
