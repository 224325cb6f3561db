//! Tokens in one file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use larkspur_core::{Secret, Stored};
use serde::{Deserialize, Serialize};

use super::{Seal, Store};
use crate::clock;

/// How long another process may hold the lock.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often the lock is tried.
const TRY: Duration = Duration::from_millis(2);

/// A store in one file, which only its owner can read; all processes of a machine may share it.
///
/// The file is replaced as a whole, so that it is never half written, whenever a process dies. Beside it lie `NAME.lock`, which who writes
/// holds, and `NAME.new` for a moment. The folder must be on a disk of this machine: network folders lock unreliably.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
    seal: Seal,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    version: u64,
    /// In milliseconds since 1970.
    expires: u64,
    value: String,
}

impl FileStore {
    /// The store in the file at `path`, which is made when the first token comes; its folder must be there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), seal: Seal::default() }
    }

    /// The same store, with its values encrypted.
    #[must_use]
    pub fn sealed(self, seal: Seal) -> Self {
        Self { seal, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> Result<Content, String> {
        let text = match fs::read(&self.path) {
            Ok(text) if text.is_empty() => return Ok(Content::default()),
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(self.failed("cannot be read", &error)),
        };
        // No detail of the parser's: it may quote a value.
        serde_json::from_slice(&text).map_err(|_| format!("{} holds something else than tokens; move it away", self.path.display()))
    }

    fn replace(&self, content: &Content) -> io::Result<()> {
        let new = self.beside(".new");
        // A process that died may have left one behind.
        fs::remove_file(&new).or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&new)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &self.path)?;
        sync_folder(&self.path)
    }

    /// Works alone among all processes.
    fn locked<T>(&self, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let mut options = OpenOptions::new();
        let file = private(options.write(true).create(true).truncate(false)).open(self.beside(".lock"));
        let file = file.map_err(|error| self.failed("cannot be locked", &error))?;
        lock(&file).map_err(|error| self.failed("cannot be locked", &error))?;
        let result = work();
        // Said aloud: a forked child may have inherited the file and would hold the lock on.
        let _ = file.unlock();
        result
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    fn failed(&self, what: &str, error: &io::Error) -> String {
        format!("{} {what}: {error}", self.path.display())
    }
}

impl Store for FileStore {
    fn load(&self, key: &str) -> Result<Option<Stored>, String> {
        let now = clock::now().wall.0;
        let found = self.read()?.entries.into_iter().find(|entry| entry.key == key && entry.expires > now);
        let Some(entry) = found else { return Ok(None) };
        let value = self.seal.open(key, &entry.value).map_err(|reason| format!("{}: {reason}", self.path.display()))?;
        Ok(Some(Stored { value, version: entry.version.to_string() }))
    }

    fn swap(&self, key: &str, expected: Option<&str>, value: &Secret, ttl: Duration) -> Result<bool, String> {
        let value = self.seal.close(key, value)?;
        self.locked(|| {
            let now = clock::now().wall.0;
            let mut content = self.read()?;
            content.entries.retain(|entry| entry.expires > now);
            let known = content.entries.iter().find(|entry| entry.key == key).map(|entry| entry.version);
            if known.map(|version| version.to_string()).as_deref() != expected {
                return Ok(false);
            }
            // Begun from the clock, so that a version does not come back after the file was removed.
            let version = known.map_or(now, |version| version + 1);
            let expires = now.saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
            content.entries.retain(|entry| entry.key != key);
            content.entries.push(Entry { key: key.to_owned(), version, expires, value });
            self.replace(&content).map_err(|error| self.failed("cannot be written", &error))?;
            Ok(true)
        })
    }
}

fn lock(file: &File) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => {
                return Err(io::Error::new(ErrorKind::TimedOut, "another process has held the lock for too long"));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(TRY),
        }
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &OpenOptions {
    options
}

/// Makes the new name last through a power cut.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("larkspur-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn store(&self) -> FileStore {
            FileStore::new(self.0.join("tokens"))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn a_value_is_swapped_only_for_the_version_that_was_seen() {
        let folder = Folder::new("swap");
        let (store, other) = (folder.store(), folder.store());
        assert!(store.load("a|b").unwrap().is_none());
        assert!(store.swap("a|b", None, &secret("1"), HOUR).unwrap());
        assert!(!other.swap("a|b", None, &secret("2"), HOUR).unwrap());
        let found = other.load("a|b").unwrap().unwrap();
        assert_eq!(found.value.reveal(), "1");
        assert!(other.swap("a|b", Some(&found.version), &secret("2"), HOUR).unwrap());
        assert!(!store.swap("a|b", Some(&found.version), &secret("3"), HOUR).unwrap());
        assert_eq!(store.load("a|b").unwrap().unwrap().value.reveal(), "2");
        assert!(store.swap("c", None, &secret("4"), HOUR).unwrap(), "keys stand beside each other");
    }

    #[test]
    fn a_version_does_not_come_back_with_a_new_file() {
        let folder = Folder::new("anew");
        let store = folder.store();
        store.swap("k", None, &secret("1"), HOUR).unwrap();
        let before = store.load("k").unwrap().unwrap().version;
        fs::remove_file(store.path()).unwrap();
        thread::sleep(Duration::from_millis(5));
        store.swap("k", None, &secret("2"), HOUR).unwrap();
        assert_ne!(store.load("k").unwrap().unwrap().version, before);
    }

    #[test]
    fn what_has_expired_is_gone() {
        let folder = Folder::new("expired");
        let store = folder.store();
        store.swap("k", None, &secret("1"), Duration::from_millis(20)).unwrap();
        thread::sleep(Duration::from_millis(40));
        assert!(store.load("k").unwrap().is_none());
        assert!(store.swap("k", None, &secret("2"), HOUR).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("private");
        let store = folder.store();
        fs::write(store.beside(".new"), "left by a process that died").unwrap();
        store.swap("k", None, &secret("1"), HOUR).unwrap();
        for file in [store.path().to_owned(), store.beside(".lock")] {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
        }
    }

    #[test]
    fn a_file_of_something_else_stays_and_is_named() {
        let folder = Folder::new("else");
        let store = folder.store();
        fs::write(store.path(), "my thesis").unwrap();
        assert!(store.load("k").unwrap_err().ends_with("holds something else than tokens; move it away"));
        assert!(store.swap("k", None, &secret("t-secret"), HOUR).is_err());
        assert_eq!(fs::read(store.path()).unwrap(), b"my thesis");
    }

    #[test]
    fn with_a_key_the_file_holds_no_value_that_can_be_read() {
        let folder = Folder::new("sealed");
        let store = folder.store().sealed(Seal::new(&[7; 32]).unwrap());
        store.swap("k", None, &secret("t-secret"), HOUR).unwrap();
        assert!(!fs::read_to_string(store.path()).unwrap().contains("t-secret"));
        assert_eq!(store.load("k").unwrap().unwrap().value.reveal(), "t-secret");
        let reason = folder.store().load("k").unwrap_err();
        assert!(reason.ends_with("tokens: its values are encrypted; pass the key"), "{reason}");
    }

    #[test]
    fn threads_lose_no_swap() {
        let folder = Folder::new("threads");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..25).for_each(|_| add_one(&folder.store())));
            }
        });
        assert_eq!(folder.store().load("n").unwrap().unwrap().value.reveal(), "100");
    }

    fn add_one(store: &FileStore) {
        loop {
            let found = store.load("n").unwrap();
            let number: u32 = found.as_ref().map_or(0, |found| found.value.reveal().parse().unwrap());
            let version = found.map(|found| found.version);
            if store.swap("n", version.as_deref(), &secret(&(number + 1).to_string()), HOUR).unwrap() {
                return;
            }
        }
    }
}
