//! Handing a made file to the reader.

use js_sys::Array;
use leptos::prelude::{document, set_timeout};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::engine::words;

/// How long the browser gets to begin saving before the bytes are let go.
const KEPT: Duration = Duration::from_secs(30);

/// Saves bytes under a name, as the browser saves any download.
pub(in crate::ui) fn save(bytes: &JsValue, file_name: &str, mime: &str) -> Result<(), String> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let parts = Array::of1(bytes);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&parts, &options).map_err(|e| words(&e))?;
    let url = Url::create_object_url_with_blob(&blob).map_err(|e| words(&e))?;
    let link: HtmlAnchorElement = document().create_element("a").map_err(|e| words(&e))?.unchecked_into();
    link.set_href(&url);
    link.set_download(file_name);
    link.click();
    set_timeout(
        move || {
            // An address that is already gone is as good as let go.
            let _ignored = Url::revoke_object_url(&url);
        },
        KEPT,
    );
    Ok(())
}
