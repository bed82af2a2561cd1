//! Where in an element the mouse is.

use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, PointerEvent};

/// Where an event stands in an element, from its left and its top.
pub(in crate::ui) fn place_in(element: &Element, event: &MouseEvent) -> (f64, f64) {
    let frame = element.get_bounding_client_rect();
    (f64::from(event.client_x()) - frame.left(), f64::from(event.client_y()) - frame.top())
}

/// How far down an event stands in the element that listens, from 0 to 1.
pub(in crate::ui) fn share_of_height(event: &PointerEvent) -> Option<f64> {
    let element: Element = event.current_target()?.dyn_into().ok()?;
    let (_, y) = place_in(&element, event);
    Some(y / element.get_bounding_client_rect().height().max(1.0))
}

/// The row of the drawing under a pointer.
pub(in crate::ui) fn row_at(event: &PointerEvent) -> Option<usize> {
    numbered(&event.target()?.dyn_into().ok()?, "data-row")
}

/// The row whose handle is under a pointer.
pub(in crate::ui) fn grip_at(event: &PointerEvent) -> Option<usize> {
    numbered(&event.target()?.dyn_into().ok()?, "data-grip")
}

/// The row under a pointer, whoever gets what it sends: a finger's events go where it went down.
pub(in crate::ui) fn row_under(event: &PointerEvent) -> Option<usize> {
    let (x, y) = (event.client_x() as f32, event.client_y() as f32);
    numbered(&leptos::prelude::document().element_from_point(x, y)?, "data-row")
}

fn numbered(target: &Element, name: &str) -> Option<usize> {
    target.closest(&format!("[{name}]")).ok().flatten()?.get_attribute(name)?.parse().ok()
}
