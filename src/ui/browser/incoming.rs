//! What was dropped or picked, as names and file handles; no byte is read here but the first four of a lone file.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DragEvent, Event, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry, HtmlInputElement,
};

use super::engine::words;
use crate::ingest::in_folder;
use crate::ui::listing::{Listing, inside};

/// How many files are handed over at once.
const BATCH: u32 = 256;

/// A file or folder that was dropped or picked.
#[derive(Debug, Clone)]
pub(in crate::ui) enum Item {
    /// A folder or file of the file system.
    Entry(FileSystemEntry),
    /// A file, under its path.
    File(String, File),
}

impl Item {
    /// Takes everything out of a drop. It must be called before the event is over: the list is emptied then.
    pub(super) fn of_drop(event: &DragEvent) -> Vec<Self> {
        let Some(items) = event.data_transfer().map(|data| data.items()) else { return Vec::new() };
        let items =
            (0..items.length()).filter_map(|index| items.get(index)).filter(|item| item.kind() == "file");
        let taken = items.filter_map(|item| match item.webkit_get_as_entry() {
            Ok(Some(entry)) => Some(Self::Entry(entry)),
            _ => item.get_as_file().ok().flatten().map(|file| Self::File(file.name(), file)),
        });
        taken.collect()
    }

    /// Its name.
    pub(in crate::ui) fn name(&self) -> String {
        match self {
            Self::Entry(entry) => entry.name(),
            Self::File(_, file) => file.name(),
        }
    }

    /// Whether it is a folder.
    pub(in crate::ui) fn is_folder(&self) -> bool {
        matches!(self, Self::Entry(entry) if entry.is_directory())
    }

    /// Its handle, if it is a file.
    pub(in crate::ui) async fn file(&self) -> Result<File, String> {
        match self {
            Self::File(_, file) => Ok(file.clone()),
            Self::Entry(entry) => {
                let file = JsFuture::from(file_of(entry.unchecked_ref())).await.map_err(|e| words(&e))?;
                Ok(file.unchecked_into())
            }
        }
    }
}

/// Takes what an input holds out of it: the name of the folder, if one was picked, and the files.
pub(in crate::ui) fn take_picked(event: &Event) -> Option<(Option<String>, Vec<Item>)> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let picked = input.files().map(|files| picked(&files)).unwrap_or_default();
    // So that choosing the same again is a change again.
    input.set_value("");
    Some(picked)
}

/// The name of the folder, if one was picked, and the files with their paths inside it.
fn picked(files: &FileList) -> (Option<String>, Vec<Item>) {
    let mut folder = None;
    let mut items = Vec::new();
    for file in (0..files.length()).filter_map(|index| files.get(index)) {
        let path = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        let path = path.filter(|path| !path.is_empty());
        if let Some((name, _)) = path.as_deref().and_then(|path| path.split_once('/')) {
            folder.get_or_insert_with(|| name.to_owned());
        }
        let path = path.map_or_else(|| file.name(), |path| inside(&path).to_owned());
        items.push(Item::File(path, file));
    }
    (folder, items)
}

/// Whether a file begins as a zip does, whatever its name and type say.
pub(in crate::ui) async fn is_zip(file: &File) -> bool {
    let Ok(start) = file.slice_with_i32_and_i32(0, 4) else { return false };
    let Ok(bytes) = JsFuture::from(start.array_buffer()).await else { return false };
    matches!(Uint8Array::new(&bytes).to_vec()[..], [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6])
}

/// Goes through everything, handing over files in batches; stops early when `goes_on` says no.
///
/// A lone folder's own name is no part of any path; several things keep theirs, so that they stay apart.
pub(in crate::ui) async fn walk(
    items: Vec<Item>,
    listing: &mut Listing,
    mut hand_over: impl FnMut(Vec<String>, Array),
    goes_on: impl Fn(&Listing) -> bool,
) {
    let alone = items.len() == 1;
    let mut folders: Vec<(String, FileSystemDirectoryReader)> = Vec::new();
    let mut batch = Batch::default();
    for item in items {
        match item {
            Item::File(path, file) => {
                if listing.reaches(&path) {
                    listing.files += 1;
                    batch.push(path, &file);
                }
            }
            Item::Entry(entry) if entry.is_directory() => {
                let path = if alone { String::new() } else { entry.name() };
                if path.is_empty() || listing.enters(&path) {
                    folders.push((path, entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader()));
                }
            }
            Item::Entry(entry) => settle(vec![(entry.name(), entry)], listing, &mut batch).await,
        }
        if batch.handles.length() >= BATCH {
            batch.send(&mut hand_over);
            if !goes_on(listing) {
                return;
            }
        }
    }
    while let Some((folder, reader)) = folders.pop() {
        // A reader gives a hundred entries at most; an empty answer is its last.
        let mut is_empty = true;
        loop {
            let entries = match JsFuture::from(entries_of(&reader)).await {
                Ok(entries) => Array::from(&entries),
                Err(problem) => {
                    listing.unreadable(&folder, words(&problem));
                    break;
                }
            };
            if entries.length() == 0 {
                if is_empty {
                    listing.empty_folders.push(folder);
                }
                break;
            }
            is_empty = false;
            let mut files = Vec::new();
            for entry in entries.iter().map(JsCast::unchecked_into::<FileSystemEntry>) {
                let path = in_folder(&folder, &entry.name());
                if !entry.is_directory() {
                    files.push((path, entry));
                } else if listing.enters(&path) {
                    folders.push((path, entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader()));
                }
            }
            settle(files, listing, &mut batch).await;
            if !goes_on(listing) {
                return;
            }
            if batch.handles.length() >= BATCH {
                batch.send(&mut hand_over);
            }
        }
    }
    batch.send(&mut hand_over);
}

#[derive(Default)]
struct Batch {
    paths: Vec<String>,
    handles: Array,
}

impl Batch {
    fn push(&mut self, path: String, file: &JsValue) {
        self.paths.push(path);
        self.handles.push(file);
    }

    fn send(&mut self, hand_over: &mut impl FnMut(Vec<String>, Array)) {
        if !self.paths.is_empty() {
            hand_over(std::mem::take(&mut self.paths), std::mem::take(&mut self.handles));
        }
    }
}

/// Gets the handles of many files at once; those that cannot be had are noted.
async fn settle(files: Vec<(String, FileSystemEntry)>, listing: &mut Listing, batch: &mut Batch) {
    if files.is_empty() {
        return;
    }
    let promises: Array = files.iter().map(|(_, entry)| file_of(entry.unchecked_ref())).collect();
    let Ok(settled) = JsFuture::from(Promise::all_settled(&promises)).await else { return };
    for ((path, _), result) in files.into_iter().zip(Array::from(&settled).iter()) {
        let value = Reflect::get(&result, &"value".into()).unwrap_or_default();
        if value.is_undefined() {
            let reason = Reflect::get(&result, &"reason".into()).unwrap_or_default();
            listing.unreadable(&path, words(&reason));
        } else {
            listing.files += 1;
            batch.push(path, &value);
        }
    }
}

fn file_of(entry: &FileSystemFileEntry) -> Promise {
    Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject))
}

fn entries_of(reader: &FileSystemDirectoryReader) -> Promise {
    Promise::new(&mut |resolve, reject| {
        if let Err(problem) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
            // A promise that is rejected twice keeps the first reason.
            let _ignored = reject.call1(&JsValue::UNDEFINED, &problem);
        }
    })
}
