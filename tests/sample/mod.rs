//! Hand-made reports and drawings: the panel application's ten migrations, and texts that attack.

#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]

use rechain::drawing::{Drawing, DrawingInput, InputEdge, InputRow, LinkKind, Mark, Row, lay_out};

/// Texts that must stay texts wherever they are shown.
pub(crate) const HOSTILE: [&str; 9] = [
    "</script><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "a\u{202e}drawkcab",
    "nul\0bell\u{7}",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "```\n# heading\n| a | b |",
    "[x](javascript:alert(1)) <b>&amp;</b> @someone #1",
    "a'\"&<>`~~~",
    "line\r\nfeed\u{2028}end",
];

fn row(revision: &str, message: &str, date: &str) -> Row {
    Row {
        revision: revision.into(),
        path: Some(format!("migrations/versions/{revision}.py").into()),
        message: message.into(),
        date: Some(date.into()),
        ..Row::default()
    }
}

/// The panel's drawing: three roots and five heads, and the single chain.
pub(crate) fn panel_drawing() -> Drawing {
    use Mark::{Base, BranchPoint, Head, NewParent, Root};
    type Told =
        (&'static str, &'static str, &'static str, &'static [Mark], &'static [Mark], Option<&'static str>);
    let rows: [Told; 10] = [
        ("perf_indexes_001", "performance indexes", "2025-11-21", &[Head], &[Head, NewParent], None),
        (
            "ptero_eggs_001",
            "Ptero-Eggs tracking",
            "2025-11-20",
            &[Root, Head],
            &[NewParent],
            Some("after push_notifications: the newest revision that runs"),
        ),
        ("push_notifications", "push notification tables", "2024-01-01", &[Head], &[], None),
        (
            "oauth_fields",
            "OAuth fields on user",
            "2024-01-01",
            &[Root],
            &[NewParent],
            Some("after 2ca607eff9c8: alters table user"),
        ),
        ("rbac_system_init", "RBAC tables", "2025-11-20", &[Head], &[], None),
        ("dc4e5affd5bc", "2FA and security fields", "2025-11-20", &[BranchPoint], &[], None),
        (
            "3fd9eaf414fb",
            "server connection fields",
            "2025-11-20",
            &[],
            &[NewParent],
            Some("after 64c2f8fecc18: one line instead of two"),
        ),
        ("64c2f8fecc18", "cms and forum tables", "2025-11-18", &[Head], &[], None),
        ("bbda3883b503", "autogen, empty", "2025-11-18", &[BranchPoint], &[], None),
        ("2ca607eff9c8", "first tables", "2025-11-18", &[Root], &[Base], None),
    ];
    let mut input = DrawingInput::default();
    for (revision, message, date, now, proposed, note) in rows {
        let mut row = row(revision, message, date);
        row.note = note.map(Into::into);
        if revision == "perf_indexes_001" {
            row.fault = Some("fails: no such table: user, and 8 more".into());
            row.remains.clone_from(&row.fault);
        }
        input.rows.push(InputRow { row, now: Some(now.to_vec()), proposed: Some(proposed.to_vec()) });
    }
    let edge = |(child, parent): (usize, usize)| InputEdge { child, parent, kind: LinkKind::Parent };
    input.now = [(0, 5), (2, 3), (4, 5), (5, 6), (6, 8), (7, 8), (8, 9)].map(edge).to_vec();
    let mut proposed =
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)].map(edge).to_vec();
    for moved in [0, 1, 3, 6] {
        proposed[moved].kind = LinkKind::NewParent;
    }
    input.proposed = Some(proposed);
    lay_out(input)
}

/// Every kind of line and mark at once, with hostile texts.
pub(crate) fn crooked_drawing() -> Drawing {
    use LinkKind::{Cycle as CycleLink, Dependency, Missing as MissingLink, NewParent as NewLink, Parent};
    use Mark::{
        Added, Base, BranchPoint, Cycle, Duplicate, Head, MergePoint, Missing, NewParent, Root, Unknown,
    };
    let marks: [&[Mark]; 14] = [
        &[Head, MergePoint],
        &[],
        &[Head],
        &[Cycle, Head],
        &[Cycle],
        &[Cycle],
        &[Duplicate, Root],
        &[Duplicate],
        &[Unknown],
        &[Missing],
        &[BranchPoint],
        &[Cycle],
        &[Base],
        &[Added, NewParent, Head],
    ];
    let mut input = DrawingInput::default();
    for (at, marks) in marks.iter().enumerate() {
        let mut row = row(&format!("revision_{at:03}"), HOSTILE[at % HOSTILE.len()], "2025-01-31");
        if at % 4 == 3 {
            row.revision = format!("{}{at}", HOSTILE[at % HOSTILE.len()]).into();
        }
        row.ghost = marks.contains(&Missing);
        input.rows.push(InputRow { row, now: Some(marks.to_vec()), proposed: Some(marks.to_vec()) });
    }
    input.rows[13].now = None;
    let edge = |(child, parent, kind): (usize, usize, LinkKind)| InputEdge { child, parent, kind };
    let edges = [
        (0, 1, Parent),
        (0, 2, Parent),
        (1, 10, Parent),
        (2, 10, Parent),
        (3, 4, CycleLink),
        (4, 5, CycleLink),
        (5, 3, CycleLink),
        (6, 12, Dependency),
        (7, 9, MissingLink),
        (10, 12, Parent),
        (11, 11, CycleLink),
    ];
    input.now = edges.map(edge).to_vec();
    input.proposed = Some(edges.into_iter().chain([(8, 10, NewLink)]).map(edge).collect());
    lay_out(input)
}

/// A straight chain with a short branch and merge now and then.
pub(crate) fn long_drawing(n_rows: usize) -> Drawing {
    let mut input = DrawingInput::default();
    for at in 0..n_rows {
        let marks = if at == 0 {
            vec![Mark::Head]
        } else if at + 1 == n_rows {
            vec![Mark::Base]
        } else {
            Vec::new()
        };
        let row = row(
            &format!("{:012x}", (at as u64 + 7) * 0x9e37_79b9_7f4a % 0xffff_ffff_ffff),
            "add a column",
            "2024-05-06",
        );
        input.rows.push(InputRow { row, now: Some(marks), proposed: None });
        if at % 40 == 10 && at + 6 < n_rows {
            input.now.push(InputEdge { child: at, parent: at + 2, kind: LinkKind::Parent });
            input.now.push(InputEdge { child: at + 1, parent: at + 5, kind: LinkKind::Parent });
        } else if at % 40 != 11 && at + 1 < n_rows {
            input.now.push(InputEdge { child: at, parent: at + 1, kind: LinkKind::Parent });
        }
    }
    lay_out(input)
}
