//! What a hand does to the drawing, as plain numbers: a turn of the wheel, and a press that may become a drag.

/// How many pixels a pointer moves before a press is a drag.
const SLACK: f64 = 4.0;

/// How many pixels a line is, for wheels that count in lines.
const LINE: f64 = 16.0;

/// How fast a wheel zooms, as the logarithm of the factor for each pixel.
const ZOOM: f64 = 0.004;

/// A turn of the wheel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wheel {
    /// How far to the right, in pixels or lines.
    pub(super) dx: f64,
    /// How far down, in the same.
    pub(super) dy: f64,
    /// Whether both count lines instead of pixels.
    pub(super) in_lines: bool,
    /// Whether the shift key is held, which turns down into right.
    pub(super) with_shift: bool,
}

impl Wheel {
    /// How far it goes over the drawing, to the right and down, in pixels.
    pub(super) fn way(self) -> (f64, f64) {
        let (dx, dy) = (self.dx * self.unit(), self.dy * self.unit());
        // Some systems turn the axes themselves, and send `dx` already.
        if self.with_shift && dx == 0.0 { (dy, 0.0) } else { (dx, dy) }
    }

    /// How many times larger it makes the drawing, where it zooms.
    pub(super) fn factor(self) -> f64 {
        (-self.dy * self.unit() * ZOOM).exp()
    }

    fn unit(self) -> f64 {
        if self.in_lines { LINE } else { 1.0 }
    }
}

/// What a pointer does on the drawing. Places are pixels of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum Press {
    /// It is not held down.
    #[default]
    Up,
    /// It went down here and has hardly moved: letting go picks a row.
    Down((f64, f64)),
    /// It moves the drawing, and was here last.
    Drag((f64, f64)),
}

impl Press {
    /// After the pointer went down; a second finger does not end a drag.
    pub(super) fn down(self, at: (f64, f64)) -> Self {
        match self {
            Self::Drag(_) => Self::Drag(at),
            Self::Up | Self::Down(_) => Self::Down(at),
        }
    }

    /// After the pointer moved, with how far the drawing moves; none where the drawing stays.
    pub(super) fn moved(self, to: (f64, f64)) -> Option<(Self, (f64, f64))> {
        let (from, slack) = match self {
            Self::Up => return None,
            Self::Down(from) => (from, SLACK),
            Self::Drag(from) => (from, 0.0),
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        (dx.abs().max(dy.abs()) >= slack).then_some((Self::Drag(to), (dx, dy)))
    }

    /// Whether it moves the drawing.
    pub(super) fn is_drag(self) -> bool {
        matches!(self, Self::Drag(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHEEL: Wheel = Wheel { dx: 0.0, dy: 3.0, in_lines: false, with_shift: false };

    #[test]
    fn a_wheel_counts_in_pixels_or_lines() {
        assert_eq!(WHEEL.way(), (0.0, 3.0));
        assert_eq!(Wheel { in_lines: true, ..WHEEL }.way(), (0.0, 48.0));
        assert_eq!(Wheel { with_shift: true, ..WHEEL }.way(), (3.0, 0.0));
        assert_eq!(Wheel { with_shift: true, dx: 1.0, ..WHEEL }.way(), (1.0, 3.0), "turned already");
    }

    #[test]
    fn turning_up_enlarges() {
        assert!(Wheel { dy: -100.0, ..WHEEL }.factor() > 1.0 && WHEEL.factor() < 1.0);
    }

    #[test]
    fn a_press_is_a_drag_once_it_moves() {
        let press = Press::Up.down((10.0, 10.0));
        assert_eq!(press.moved((12.0, 8.0)), None, "a hand trembles");
        assert_eq!(press.moved((10.0, 16.0)), Some((Press::Drag((10.0, 16.0)), (0.0, 6.0))));
        assert_eq!(
            Press::Drag((10.0, 16.0)).moved((11.0, 16.0)),
            Some((Press::Drag((11.0, 16.0)), (1.0, 0.0)))
        );
        assert_eq!(Press::Up.moved((90.0, 90.0)), None);
        assert!(Press::Drag((0.0, 0.0)).down((5.0, 5.0)).is_drag() && !press.is_drag());
    }
}
