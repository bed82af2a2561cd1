//! Listeners on the whole window: drops, keys, the address, sizes.

use leptos::ev;
use leptos::prelude::{LocalStorage, StoredValue, WithValue, on_cleanup, window_event_listener};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DragEvent, Element, HtmlElement, ResizeObserver};

use super::Item;

/// What a drag over the page does.
#[derive(Debug, Clone)]
pub(in crate::ui) enum Dragging {
    /// Files are held over the page.
    Over,
    /// They left the window, or the drag was given up.
    Gone,
    /// They were let go over the page, and are its to read.
    Dropped(Vec<Item>),
}

/// A key that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ui) struct Key {
    /// Its name, such as `n` or `Escape`.
    pub(in crate::ui) name: String,
    /// Whether it goes into a text field.
    pub(in crate::ui) in_text: bool,
}

/// Listens to drags anywhere on the page, at any time.
pub(in crate::ui) fn on_drag(heard: impl Fn(Dragging) + Clone + 'static) {
    let hold = {
        let heard = heard.clone();
        move |event: DragEvent| {
            if carries_files(&event) {
                event.prevent_default();
                if let Some(data) = event.data_transfer() {
                    data.set_drop_effect("copy");
                }
                heard(Dragging::Over);
            }
        }
    };
    listen(ev::dragenter, hold.clone());
    listen(ev::dragover, hold);
    let leave = heard.clone();
    listen(ev::dragleave, move |event: DragEvent| {
        // Leaving one element for another names the other; leaving the window names none.
        if event.related_target().is_none() {
            leave(Dragging::Gone);
        }
    });
    listen(ev::drop, move |event: DragEvent| {
        if carries_files(&event) {
            event.prevent_default();
            heard(Dragging::Dropped(Item::of_drop(&event)));
        }
    });
}

fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}

/// Listens to keys; the answer says whether the key was used up.
pub(in crate::ui) fn on_key(heard: impl Fn(Key) -> bool + 'static) {
    listen(ev::keydown, move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let in_text = target.is_some_and(|target| {
            matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                || target.is_content_editable()
        });
        if heard(Key { name: event.key(), in_text }) {
            event.prevent_default();
        }
    });
}

/// Listens to changes of the address after `#`.
pub(in crate::ui) fn on_hash_change(heard: impl Fn() + 'static) {
    listen(ev::hashchange, move |_| heard());
}

/// Listens to an element's size, now and from now on; gives width and height.
pub(in crate::ui) fn on_resize(element: &Element, heard: impl Fn(f64, f64) + 'static) {
    let watched = element.clone();
    let callback: Closure<dyn Fn()> =
        Closure::new(move || heard(f64::from(watched.client_width()), f64::from(watched.client_height())));
    let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let kept = StoredValue::<_, LocalStorage>::new_local((observer, callback));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

fn listen<E: ev::EventDescriptor + 'static>(event: E, heard: impl Fn(E::EventType) + 'static)
where
    E::EventType: JsCast,
{
    let handle = window_event_listener(event, heard);
    on_cleanup(move || handle.remove());
}
