//! Where the eye is over the drawing: plain numbers, so that they can be tested without a browser.
//!
//! Lengths are pixels. The drawing's own pixels are those in which it is written; at scale 1 they are the frame's.

use crate::drawing::geometry::{ROW_HEIGHT, rows_height};

/// What part of the drawing is seen, and how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Camera {
    /// Where the drawing's left edge lies in the frame.
    pub(super) x: f64,
    /// Where its top edge lies in the frame; negative once it is scrolled down.
    pub(super) y: f64,
    /// How many times larger than written; 1 is as written.
    pub(super) scale: f64,
}

/// The sizes that a camera moves between: the frame on the page and the whole drawing as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stage {
    /// The width of the frame on the page, at least 1.
    pub(super) width: f64,
    /// Its height; 1 until the frame is laid out.
    pub(super) height: f64,
    /// The width of the drawing as written.
    pub(super) drawing_width: f64,
    /// Its height, margins included.
    pub(super) drawing_height: f64,
}

/// The room above the first row and below the last, in the drawing's pixels.
pub(super) const MARGIN: f64 = 10.0;

const LARGEST: f64 = 3.0;

/// Below this scale words cannot be read and are left out.
pub(super) const WORDS: f64 = 0.5;

/// Rows are mounted in blocks of so many, so that a small move mounts nothing.
const BLOCK: usize = 24;

impl Default for Camera {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, scale: 1.0 }
    }
}

impl Camera {
    /// Moved by so much, but never so far that the drawing is lost.
    pub(super) fn moved(self, dx: f64, dy: f64, stage: Stage) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }.held(stage)
    }

    /// Scaled about a point of the frame, which stays where it is.
    pub(super) fn zoomed(self, factor: f64, at: (f64, f64), stage: Stage) -> Self {
        let scale = (self.scale * factor).clamp(stage.smallest(), LARGEST);
        let ratio = scale / self.scale;
        Self { x: at.0 - (at.0 - self.x) * ratio, y: at.1 - (at.1 - self.y) * ratio, scale }.held(stage)
    }

    /// The whole drawing, no larger than as written.
    pub(super) fn fit(stage: Stage) -> Self {
        let scale = (stage.width / stage.drawing_width).min(stage.height / stage.drawing_height).min(1.0);
        Self { x: 0.0, y: 0.0, scale: scale.max(stage.smallest()) }.held(stage)
    }

    /// Some rows and what lies between them, no larger than as written; none where there are no rows.
    pub(super) fn fit_rows(rows: &[usize], stage: Stage) -> Option<Self> {
        let (top, bottom) = band(rows)?;
        Some(Self::fit_between(top, bottom, stage))
    }

    fn fit_between(top: f64, bottom: f64, stage: Stage) -> Self {
        let scale = (stage.height / (bottom - top).max(1.0)).min(1.0).max(stage.smallest());
        let centre = f64::midpoint(top, bottom);
        Self { x: 0.0, y: stage.height / 2.0 - centre * scale, scale }.held(stage)
    }

    /// Moved as little as needed to see some rows; none where there are no rows, or no frame yet.
    pub(super) fn reveal_rows(self, rows: &[usize], stage: Stage) -> Option<Self> {
        let (top, bottom) = band(rows)?;
        (stage.height > 1.0).then(|| self.reveal(top, bottom, stage))
    }

    fn reveal(self, top: f64, bottom: f64, stage: Stage) -> Self {
        let (seen_top, seen_bottom) = (self.y + top * self.scale, self.y + bottom * self.scale);
        let dy = if seen_top < 0.0 || seen_bottom - seen_top > stage.height {
            -seen_top
        } else if seen_bottom > stage.height {
            stage.height - seen_bottom
        } else {
            0.0
        };
        self.moved(0.0, dy, stage)
    }

    /// The rows to mount, first and one past the last, in whole blocks around what is seen.
    pub(super) fn rows(self, rows: usize, stage: Stage) -> (usize, usize) {
        let first = whole(-self.y / self.scale / ROW_HEIGHT);
        let last = whole((stage.height - self.y) / self.scale / ROW_HEIGHT);
        let first = (first / BLOCK).saturating_sub(1) * BLOCK;
        let last = (last / BLOCK + 2) * BLOCK;
        (first.min(rows), last.min(rows))
    }

    /// Held so that the drawing stays in the frame: against its edges when it is larger, at rest when it is smaller.
    pub(super) fn held(self, stage: Stage) -> Self {
        let hold = |at: f64, frame: f64, length: f64| at.max(frame - length).min(0.0);
        Self {
            x: hold(self.x, stage.width, stage.drawing_width * self.scale),
            y: hold(self.y, stage.height, stage.drawing_height * self.scale),
            scale: self.scale,
        }
    }
}

impl Stage {
    /// Whether so much of the drawing is out of sight, as written, that a strip beside it helps.
    pub(super) fn is_tall(self) -> bool {
        // The frame's border and fractions of a pixel hide nothing.
        self.height + 4.0 < self.drawing_height
    }

    /// The smallest scale: everything is seen at it, and words are left out.
    fn smallest(self) -> f64 {
        (self.height / self.drawing_height).min(self.width / self.drawing_width).clamp(0.002, 0.5)
    }

    /// Whether a wheel that asks for so much more moves the drawing; else it is the page's.
    pub(super) fn moves(self, camera: Camera, dx: f64, dy: f64) -> bool {
        camera.moved(-dx, -dy, self) != camera
    }
}

/// The height of a drawing of so many rows.
pub(super) fn drawing_height(rows: usize) -> f64 {
    rows_height(rows) + 2.0 * MARGIN
}

/// From the top of the highest of some rows to the bottom of the lowest, with the margins; none where there are none.
fn band(rows: &[usize]) -> Option<(f64, f64)> {
    let (first, last) = (rows.iter().min()?, rows.iter().max()?);
    Some((rows_height(*first), drawing_height(last + 1)))
}

/// A number without its fraction; nothing is less than none.
#[expect(clippy::cast_sign_loss, reason = "it has no sign any more")]
pub(super) fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers and bounds come out as they went in")]
mod tests {
    use super::*;

    const STAGE: Stage =
        Stage { width: 800.0, height: 400.0, drawing_width: 800.0, drawing_height: 40_000.0 };

    #[test]
    fn the_drawing_cannot_be_lost() {
        let camera = Camera::default();
        assert_eq!(camera.moved(500.0, 500.0, STAGE), camera);
        assert_eq!(camera.moved(0.0, -1e9, STAGE).y, -39_600.0);
        let small = Stage { drawing_height: 100.0, ..STAGE };
        assert_eq!(camera.moved(30.0, -50.0, small), camera);
        assert!(!small.moves(camera, 0.0, 10.0) && STAGE.moves(camera, 0.0, 10.0));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_hand() {
        let camera = Camera { x: 0.0, y: -2_000.0, scale: 1.0 };
        let nearer = camera.zoomed(2.0, (100.0, 100.0), STAGE);
        assert_eq!((nearer.scale, (100.0 - nearer.y) / nearer.scale), (2.0, 2_100.0));
        assert_eq!(camera.zoomed(100.0, (0.0, 0.0), STAGE).scale, LARGEST);
        assert_eq!(camera.zoomed(1e-9, (0.0, 0.0), STAGE).scale, 0.01);
    }

    #[test]
    fn fitting_shows_what_is_asked_for() {
        assert_eq!(Camera::fit(STAGE).scale, 0.01);
        let near = Camera::fit_between(20_000.0, 20_200.0, STAGE);
        assert_eq!((near.scale, near.y), (1.0, -19_900.0));
        assert_eq!(Camera::default().reveal(300.0, 500.0, STAGE).y, -100.0);
        assert_eq!(near.reveal(20_000.0, 20_100.0, STAGE), near);
    }

    #[test]
    fn a_row_is_shown_with_the_margins() {
        let seen = Camera::default().reveal_rows(&[30, 20], STAGE).expect("there are rows");
        assert_eq!(seen.y, 400.0 - drawing_height(31));
        assert_eq!(seen.reveal_rows(&[25], STAGE), Some(seen), "it is seen already");
        assert_eq!(Camera::fit_rows(&[100, 101], STAGE).map(|camera| camera.scale), Some(1.0));
        assert_eq!((Camera::fit_rows(&[], STAGE), seen.reveal_rows(&[], STAGE)), (None, None));
        let unseen = Stage { height: 1.0, ..STAGE };
        assert_eq!(seen.reveal_rows(&[0], unseen), None, "the frame is not laid out yet");
    }

    #[test]
    fn a_strip_stands_beside_what_does_not_fit() {
        assert!(STAGE.is_tall() && !Stage { drawing_height: 403.0, ..STAGE }.is_tall());
    }

    #[test]
    fn only_rows_near_the_frame_are_mounted() {
        assert_eq!(Camera::default().rows(1_000, STAGE), (0, 48));
        let at_row_500 = Camera::default().moved(0.0, -rows_height(500), STAGE);
        assert_eq!(at_row_500.rows(1_000, STAGE), (456, 552));
        assert_eq!(Camera::fit(STAGE).rows(1_000, STAGE), (0, 1_000));
        assert_eq!(Camera::default().rows(10, STAGE), (0, 10));
    }
}
