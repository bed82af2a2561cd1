//! Laws of the drawing: lanes, pixels, and an SVG that stays well-formed whatever it shows.

mod sample;

use proptest::prelude::*;
use rechain::drawing::geometry::{self, DOT_RADIUS};
use rechain::drawing::{
    Drawing, DrawingInput, InputEdge, InputRow, Lines, LinkKind, Mark, Row, Side, condense, describe,
    lay_out, write_plain, write_svg,
};
use sample::{HOSTILE, crooked_drawing, long_drawing, panel_drawing};

fn kind(number: u8) -> LinkKind {
    match number % 8 {
        0 => LinkKind::NewParent,
        1 => LinkKind::Dependency,
        2 => LinkKind::Missing,
        3 => LinkKind::Cycle,
        _ => LinkKind::Parent,
    }
}

/// Rows, some of them absent, and edges in any direction.
fn inputs() -> impl Strategy<Value = DrawingInput> {
    (1_usize..40).prop_flat_map(|n_rows| {
        let rows = prop::collection::vec(prop::bool::weighted(0.9), n_rows);
        let edges = prop::collection::vec((0..n_rows, 0..n_rows, 0_u8..32, any::<bool>()), 0..n_rows * 2);
        (rows, edges).prop_map(|(rows, edges)| DrawingInput {
            rows: rows
                .into_iter()
                .map(|here| InputRow { row: Row::default(), now: here.then(Vec::new), proposed: None })
                .collect(),
            now: edges
                .into_iter()
                .map(|(a, b, number, turned)| {
                    // Most edges lead down, as they do in a history without cycles.
                    let (child, parent) = if turned && number < 24 { (a.min(b), a.max(b)) } else { (a, b) };
                    InputEdge { child, parent, kind: kind(number) }
                })
                .collect(),
            proposed: None,
        })
    })
}

fn dot_lane(lines: &Lines, row: usize) -> u32 {
    lines.dots[row].as_ref().expect("links join dots only").lane
}

/// Points along a path of `M`, `L`, `C` and `Q` commands.
fn points(d: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut rest = d;
    while !rest.is_empty() {
        let command = rest.chars().next().expect("not empty");
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        let numbers: Vec<f64> =
            rest[1..end].split_whitespace().map(|number| number.parse().expect("a number")).collect();
        let mut control: Vec<(f64, f64)> = points.last().copied().into_iter().collect();
        control.extend(numbers.chunks(2).map(|pair| (pair[0], pair[1])));
        for step in 0..=40 {
            let t = f64::from(step) / 40.0;
            // De Casteljau: the same for a line, a quadratic and a cubic curve.
            let mut level = control.clone();
            while level.len() > 1 {
                level = level
                    .windows(2)
                    .map(|p| (p[0].0 + (p[1].0 - p[0].0) * t, p[0].1 + (p[1].1 - p[0].1) * t))
                    .collect();
            }
            points.push(level[0]);
        }
        assert!("MLCQ".contains(command), "{d}");
        rest = &rest[end..];
    }
    points
}

proptest! {
    #[test]
    fn no_line_runs_through_a_foreign_dot(input in inputs()) {
        let lines = lay_out(input).now;
        for link in &lines.links {
            let d = geometry::link_path(link, dot_lane(&lines, link.child), dot_lane(&lines, link.parent));
            for (row, dot) in lines.dots.iter().enumerate() {
                let Some(dot) = dot.as_ref().filter(|_| row != link.child && row != link.parent) else { continue };
                let (x, y) = (geometry::lane_x(dot.lane), geometry::row_y(row));
                for (px, py) in points(&d) {
                    prop_assert!((px - x).hypot(py - y) > DOT_RADIUS + 2.0, "{link:?} meets row {row}: {d}");
                }
            }
        }
    }

    #[test]
    fn lines_that_share_a_lane_are_of_one_kind_and_lead_to_one_parent(input in inputs()) {
        let lines = lay_out(input).now;
        let mut cells = std::collections::BTreeMap::new();
        for link in &lines.links {
            let (top, bottom) = (link.child.min(link.parent), link.child.max(link.parent));
            for row in top + 1..bottom {
                let what = (link.parent, link.kind, geometry::is_arc(link).then_some(link.child));
                prop_assert_eq!(*cells.entry((link.lane, row)).or_insert(what), what);
            }
        }
    }

    #[test]
    fn every_edge_on_the_side_becomes_a_link_in_its_order(input in inputs()) {
        let drawing = lay_out(input.clone());
        let here = |row: usize| input.rows[row].now.is_some();
        let edges: Vec<_> = input.now.iter().filter(|e| here(e.child) && here(e.parent)).collect();
        let links: Vec<_> = drawing.now.links.iter().map(|l| InputEdge { child: l.child, parent: l.parent, kind: l.kind }).collect();
        prop_assert_eq!(edges.into_iter().copied().collect::<Vec<_>>(), links);
        prop_assert_eq!(&drawing, &lay_out(input));
        let highest = drawing.now.dots.iter().flatten().map(|dot| dot.lane).chain(drawing.now.links.iter().map(|l| l.lane)).max();
        prop_assert_eq!(drawing.now.lanes, highest.map_or(0, |lane| lane + 1));
    }

    #[test]
    fn the_longest_line_of_parents_is_straight_in_lane_0(input in inputs()) {
        let mut input = input;
        input.now.retain(|edge| edge.child < edge.parent);
        for edge in &mut input.now {
            edge.kind = LinkKind::Parent;
        }
        let lines = lay_out(input).now;
        let mut length = vec![1; lines.dots.len()];
        for row in (0..lines.dots.len()).rev() {
            for link in lines.links.iter().filter(|link| link.child == row) {
                length[row] = length[row].max(length[link.parent] + 1);
            }
        }
        let longest = (0..lines.dots.len()).filter(|&row| lines.dots[row].is_some()).map(|row| length[row]).max().unwrap_or(0);
        let straight = (0..lines.dots.len()).filter(|&row| lines.dots[row].as_ref().is_some_and(|dot| dot.lane == 0)).count();
        prop_assert!(straight >= longest);
    }
}

#[test]
fn the_panel_is_drawn_as_one_would_by_hand() {
    let drawing = panel_drawing();
    let lanes = |lines: &Lines| lines.dots.iter().flatten().map(|dot| dot.lane).collect::<Vec<_>>();
    assert_eq!(lanes(&drawing.now), [0, 1, 1, 1, 1, 0, 0, 1, 0, 0]);
    assert_eq!(lanes(drawing.proposed.as_ref().expect("proposed")), [0; 10]);
    insta::assert_snapshot!(describe(&drawing, Side::Both), @"10 rows, newest first. Now: 3 bases (ptero_eggs_001, oauth_fields, 2ca607eff9c8), 5 heads (perf_indexes_001, ptero_eggs_001, push_notifications, rbac_system_init, 64c2f8fecc18), 2 branch points (dc4e5affd5bc, bbda3883b503). Proposed: 1 base (2ca607eff9c8), 1 head (perf_indexes_001). New parents: perf_indexes_001 now follows ptero_eggs_001, ptero_eggs_001 now follows push_notifications, oauth_fields now follows rbac_system_init, 3fd9eaf414fb now follows 64c2f8fecc18.");
}

#[test]
fn a_long_line_is_folded_and_nothing_else() {
    let whole = long_drawing(400);
    let (short, n_folded) = condense(&whole, 100);
    assert!(short.rows.len() < 120, "{}", short.rows.len());
    let n_rows = short.rows.iter().filter(|row| !row.revision.starts_with('…')).count();
    assert_eq!(n_rows + n_folded, 400);
    check_svg(&short, Side::Both, "condensed");
    assert_eq!(condense(&whole, 400), (whole, 0));
    for drawing in [panel_drawing(), crooked_drawing()] {
        assert_eq!(condense(&drawing, 0).0, drawing);
    }
}

proptest! {
    #[test]
    fn a_condensed_drawing_keeps_its_laws(input in inputs()) {
        let (drawing, _) = condense(&lay_out(input), 0);
        let lines = &drawing.now;
        prop_assert_eq!(lines.dots.len(), drawing.rows.len());
        for link in &lines.links {
            let (top, bottom) = (link.child.min(link.parent), link.child.max(link.parent));
            for row in top + 1..bottom {
                prop_assert!(lines.dots[row].as_ref().is_none_or(|dot| dot.lane != link.lane));
            }
        }
        write_plain(&drawing, Side::Now);
    }
}

#[test]
fn lanes_can_be_read_in_a_terminal() {
    insta::assert_snapshot!(write_plain(&panel_drawing(), Side::Now), @r#"
    ○    perf_indexes_001    [head]  performance indexes
    │ ○  ptero_eggs_001      [base, head]  Ptero-Eggs tracking
    │
    │ ○  push_notifications  [head]  push notification tables
    │ ●  oauth_fields        [base]  OAuth fields on user
    │
    │ ○  rbac_system_init    [head]  RBAC tables
    ├─╯
    ●    dc4e5affd5bc        [branch point]  2FA and security fields
    ●    3fd9eaf414fb        server connection fields
    │ ○  64c2f8fecc18        [head]  cms and forum tables
    ├─╯
    ●    bbda3883b503        [branch point]  autogen, empty
    ●    2ca607eff9c8        [base]  first tables
    "#);
    insta::assert_snapshot!(write_plain(&crooked_drawing(), Side::Now), @r#"
    ○            revision_000       [head, merge point]  </script><img src=x onerror=alert(1)>
    ├─╮
    ● │          revision_001       ]]><svg onload=alert(1)>
    │ ○          revision_002       [head]  a\u202edrawkcab
    │ │ ○─────╮  nul\x00bell\x073   [cycle, head]  nul\x00bell\x07
    │ │ ●     │  revision_004       [cycle]  \x1b[31mred\x1b]0;title\x07
    │ │ ●─────╯  revision_005       [cycle]  ```\n# heading\n| a | b |
    │ │
    │ │ ●        revision_006       [duplicate id, base]  [x](javascript:alert(1)) <b>&amp;</b> @someone #1  (depends on revision_012)
    │ │
    │ │ ●        a'"&<>`~~~7        [duplicate id]  a'"&<>`~~~
    │ │ │   ●    revision_008       [parents not known]  line\r\nfeed\u2028end
    │ │ ?        revision_009       [missing]  </script><img src=x onerror=alert(1)>
    ├─╯
    ●            revision_010       [branch point]  ]]><svg onload=alert(1)>
    │ ●          a\u202edrawkcab11  [cycle]  a\u202edrawkcab
    ●            revision_012       [base]  nul\x00bell\x07
    "#);
}

#[test]
fn ten_thousand_rows_are_laid_out_in_no_time() {
    let start = std::time::Instant::now();
    let drawing = long_drawing(10_000);
    let elapsed = start.elapsed();
    assert!(drawing.now.lanes <= 3, "{}", drawing.now.lanes);
    assert!(elapsed.as_millis() < 1_500, "{elapsed:?}");
    println!("10,000 rows: {elapsed:?}");
}

#[test]
fn five_thousand_branches_do_not_become_five_thousand_lanes() {
    let n_rows = 5_001;
    let rows = vec![InputRow { row: Row::default(), now: Some(Vec::new()), proposed: None }; n_rows];
    let now = (0..n_rows - 1)
        .map(|child| InputEdge { child, parent: n_rows - 1, kind: LinkKind::Parent })
        .collect();
    assert!(lay_out(DrawingInput { rows, now, proposed: None }).now.lanes <= 14);
}

fn check_svg(drawing: &Drawing, side: Side, title: &str) {
    let svg = write_svg(drawing, side, title);
    let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let known = ["svg", "title", "desc", "style", "rect", "text", "tspan", "g", "path", "circle"];
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "href", "{attribute:?}");
        }
    }
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(!svg.contains(
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}')
    ));
}

#[test]
fn an_svg_is_well_formed_whatever_it_shows() {
    for side in [Side::Now, Side::Proposed, Side::Both] {
        for drawing in [panel_drawing(), crooked_drawing(), Drawing::default()] {
            for title in HOSTILE {
                check_svg(&drawing, side, title);
            }
        }
    }
}

#[test]
fn a_whole_id_stands_in_the_row_and_a_long_one_in_its_title() {
    let mut drawing = panel_drawing();
    drawing.rows[3].revision = "x".repeat(100_000).into();
    let svg = write_svg(&drawing, Side::Both, "panel");
    check_svg(&drawing, Side::Both, "panel");
    assert!(svg.contains(&"x".repeat(100_000)) && svg.contains(">xxxxxxx") && svg.contains("x…<"));
    assert!(svg.contains(">push_notifications</tspan>"));
}

#[test]
fn words_say_what_the_colours_say() {
    let svg = write_svg(&crooked_drawing(), Side::Both, "crooked");
    for mark in [
        Mark::Base,
        Mark::Root,
        Mark::Head,
        Mark::BranchPoint,
        Mark::MergePoint,
        Mark::Cycle,
        Mark::Duplicate,
        Mark::Missing,
        Mark::NewParent,
        Mark::Added,
        Mark::Unknown,
    ] {
        assert!(svg.contains(&format!(">{}<", mark.word())), "{}", mark.word());
    }
}

/// `--name: light-dark(#light, #dark);` as numbers.
fn token(name: &str) -> [f64; 2] {
    let tokens = include_str!("../style/tokens.css");
    let value = tokens.lines().find_map(|line| line.trim().strip_prefix(&format!("--{name}: light-dark(")));
    let value = value.unwrap_or_else(|| panic!("no token {name}")).trim_end_matches(");");
    let mut colours = value.split(", ").map(|colour| {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hex")) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    });
    [colours.next().expect("light"), colours.next().expect("dark")]
}

#[test]
fn every_text_colour_can_be_read_on_every_ground() {
    for text in ["ink", "ink-2", "accent", "accent-strong", "breaks", "may", "proved"] {
        for ground in ["paper", "surface", "sunken", "accent-wash", "breaks-wash", "may-wash", "proved-wash"]
        {
            for scheme in [0, 1] {
                let (a, b) = (token(text)[scheme], token(ground)[scheme]);
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
            }
        }
    }
    for scheme in [0, 1] {
        let (a, b) = (token("on-accent")[scheme], token("accent")[scheme]);
        assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= 4.5);
    }
}

#[test]
fn the_page_and_the_drawing_agree_on_the_grid() {
    let tokens = include_str!("../style/tokens.css");
    assert!(tokens.contains(&format!("--row-height: {}px;", geometry::ROW_HEIGHT)));
    assert!(tokens.contains(&format!("--lane-width: {}px;", geometry::LANE_WIDTH)));
}

/// Writes the drawings for eyes: `DRAWINGS=folder cargo test --test drawing -- written_for_eyes`.
#[test]
fn drawings_are_written_for_eyes() {
    let Some(folder) = std::env::var_os("DRAWINGS").map(std::path::PathBuf::from) else { return };
    for (name, drawing) in
        [("panel", panel_drawing()), ("crooked", crooked_drawing()), ("long", long_drawing(400))]
    {
        for (side, word) in [(Side::Now, "now"), (Side::Proposed, "proposed"), (Side::Both, "both")] {
            let svg = write_svg(&drawing, side, &format!("{name}: migrations/versions"));
            std::fs::write(folder.join(format!("{name}-{word}.svg")), svg)
                .expect("the folder can be written");
        }
    }
}
