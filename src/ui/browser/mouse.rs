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
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-row]").ok().flatten()?.get_attribute("data-row")?.parse().ok()
}
