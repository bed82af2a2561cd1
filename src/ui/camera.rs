//! Where the eye is over the drawing: plain numbers, so that they can be tested without a browser.

/// What part of the drawing is seen, and how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Camera {
    /// Where the drawing's left edge lies in the frame.
    pub(super) x: f64,
    /// Where its top lies.
    pub(super) y: f64,
    /// How many times larger than written.
    pub(super) scale: f64,
}

/// The sizes that a camera moves between: the frame on the page and the whole drawing as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stage {
    /// The frame's width.
    pub(super) width: f64,
    /// The frame's height.
    pub(super) height: f64,
    /// The drawing's width.
    pub(super) drawing_width: f64,
    /// The drawing's height.
    pub(super) drawing_height: f64,
}

/// The largest scale.
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

    /// Everything at once.
    pub(super) fn fit(stage: Stage) -> Self {
        let scale = (stage.width / stage.drawing_width).min(stage.height / stage.drawing_height).min(1.0);
        Self { x: 0.0, y: 0.0, scale: scale.max(stage.smallest()) }.held(stage)
    }

    /// The part of the drawing between two heights, no larger than as written.
    pub(super) fn fit_between(top: f64, bottom: f64, stage: Stage) -> Self {
        let scale = (stage.height / (bottom - top).max(1.0)).min(1.0).max(stage.smallest());
        let centre = f64::midpoint(top, bottom);
        Self { x: 0.0, y: stage.height / 2.0 - centre * scale, scale }.held(stage)
    }

    /// Moved as little as needed to see the part between two heights.
    pub(super) fn reveal(self, top: f64, bottom: f64, stage: Stage) -> Self {
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
    pub(super) fn rows(self, row_height: f64, rows: usize, stage: Stage) -> (usize, usize) {
        let first = whole(-self.y / self.scale / row_height);
        let last = whole((stage.height - self.y) / self.scale / row_height);
        let first = (first / BLOCK).saturating_sub(1) * BLOCK;
        let last = (last / BLOCK + 2) * BLOCK;
        (first.min(rows), last.min(rows))
    }

    /// Held so that the drawing stays in the frame: against its edges when it is larger, at rest when it is smaller.
    fn held(self, stage: Stage) -> Self {
        let hold = |at: f64, frame: f64, length: f64| at.max(frame - length).min(0.0);
        Self {
            x: hold(self.x, stage.width, stage.drawing_width * self.scale),
            y: hold(self.y, stage.height, stage.drawing_height * self.scale),
            scale: self.scale,
        }
    }
}

impl Stage {
    /// The scale at which everything is seen, or smaller if that is as written.
    fn smallest(self) -> f64 {
        (self.height / self.drawing_height).min(self.width / self.drawing_width).clamp(0.002, 0.5)
    }

    /// Whether a wheel that asks for `dy` more would move the drawing, or should move the page instead.
    pub(super) fn moves(self, camera: Camera, dx: f64, dy: f64) -> bool {
        camera.moved(-dx, -dy, self) != camera
    }
}

/// A number without its fraction; nothing is less than none.
#[expect(clippy::cast_sign_loss, reason = "it has no sign any more")]
pub(super) fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}

#[cfg(test)]
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
    fn only_rows_near_the_frame_are_mounted() {
        assert_eq!(Camera::default().rows(40.0, 1_000, STAGE), (0, 48));
        assert_eq!(Camera::default().moved(0.0, -20_000.0, STAGE).rows(40.0, 1_000, STAGE), (456, 552));
        assert_eq!(Camera::fit(STAGE).rows(40.0, 1_000, STAGE), (0, 1_000));
        assert_eq!(Camera::default().rows(40.0, 10, STAGE), (0, 10));
    }
}
