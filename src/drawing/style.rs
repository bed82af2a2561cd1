//! The style sheet of the stand-alone drawing, its colours resolved from the design tokens.
//!
//! Many viewers of SVG files know no custom properties, so the file gets plain colours: light ones, and dark ones inside
//! a media query. The page and the report use the same style sheet with the properties left in place.

/// The style sheet of the drawing, with custom properties.
pub(crate) const DRAWING_CSS: &str = include_str!("../../style/drawing.css");
/// The design tokens.
pub(crate) const TOKENS_CSS: &str = include_str!("../../style/tokens.css");

/// The style sheet of an SVG file: plain colours, light first.
pub(super) fn stand_alone_css() -> String {
    let rules = without_comments(DRAWING_CSS);
    let light = resolve(&rules, |(light, _)| light);
    let dark = resolve(&rules, |(_, dark)| dark);
    format!("{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n")
}

/// A style sheet without its comments and empty lines.
pub(crate) fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().filter(|line| !line.trim().is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// The light and the dark value of a token; the same twice where it has one.
fn token(name: &str) -> Option<(&'static str, &'static str)> {
    let value = TOKENS_CSS.lines().find_map(|line| {
        line.trim().strip_prefix("--")?.strip_prefix(name)?.strip_prefix(':')?.trim().strip_suffix(';')
    })?;
    let pair = value.strip_prefix("light-dark(").and_then(|pair| pair.strip_suffix(')'));
    Some(pair.and_then(|pair| pair.split_once(", ")).unwrap_or((value, value)))
}

fn resolve(css: &str, choose: impl Fn((&'static str, &'static str)) -> &'static str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("var(--") {
        let (name, after) = after.split_once(')').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(token(name).map_or("inherit", &choose));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_the_drawing_uses_is_a_token() {
        let css = stand_alone_css();
        assert!(!css.contains("var(") && !css.contains("inherit") && !css.contains("light-dark"), "{css}");
        assert!(css.contains("fill: #1b1f24") && css.contains("fill: #e8eaed"), "{css}");
    }
}
