//! Bounds on what is read, so that no input can exhaust memory or time.

/// The bounds. All sizes in bytes, all after unpacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file that is read.
    pub file_bytes: u64,
    /// The largest Python file that is read: the parser may hold 400 times as many bytes, and a browser's worker has little
    /// more than that.
    pub python_bytes: u64,
    /// The most that is read in all.
    pub total_bytes: u64,
    /// The most files that are read.
    pub files: usize,
    /// The most entries a zip may have.
    pub zip_entries: usize,
    /// The largest zip that is opened.
    pub zip_bytes: u64,
    /// How many times its packed size an entry may unpack to, once it is over 1 MiB.
    pub ratio: u64,
}

impl Limits {
    /// How large the file of a name may be.
    pub fn of(&self, name: &str) -> u64 {
        let is_python = name.rsplit('.').next() == Some("py");
        if is_python { self.python_bytes.min(self.file_bytes) } else { self.file_bytes }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 20,
            python_bytes: 2 << 20,
            total_bytes: 256 << 20,
            files: 50_000,
            zip_entries: 200_000,
            zip_bytes: 512 << 20,
            ratio: 200,
        }
    }
}
