//! A zip that is the same bytes whenever it is made from the same files.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Packs files into a zip: sorted by path, deflated, dated 1980-01-01; of equal paths the last is kept.
pub fn bundle<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let entries: BTreeMap<&str, &[u8]> = entries.into_iter().collect();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in entries {
        zip.start_file(path, options).expect("a path that was read fits into a zip");
        zip.write_all(bytes).expect("memory can be written");
    }
    zip.finish().expect("memory can be written").into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_depends_on_its_files_only() {
        let (a, b) = (("b/c.py", &b"x = 1\n"[..]), ("a.py", &b""[..]));
        let zip = bundle([a, b]);
        assert_eq!(zip, bundle([b, a]));
        let mut read = zip::ZipArchive::new(Cursor::new(zip)).expect("a zip");
        let names: Vec<_> = read.file_names().map(|name| name.expect("text").into_owned()).collect();
        assert_eq!(names, ["a.py", "b/c.py"]);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut read.by_index(1).expect("two"), &mut text).expect("text");
        assert_eq!(text, "x = 1\n");
    }
}
