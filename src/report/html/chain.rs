//! The chains: drawn, told as a table, and file by file.

use maud::{Markup, html};

use super::code;
use crate::drawing::{Drawing, Setting, Side, condense, picture};
use crate::report::present::{
    LONGEST_DRAWING, day, declared_parents, environment_name, file_name, folded, in_use, roles, row_marks,
    row_parents,
};
use crate::report::{EnvironmentReport, Report};

pub(super) fn section(at: usize, environment: &EnvironmentReport) -> Markup {
    let name = environment_name(environment);
    html! {
        @if !environment.revisions.is_empty() {
            section .chain id={ "chain-" (at) } {
                h2 { "The chain in " (code(name)) }
                (figure(&environment.drawing, name))
            }
        }
    }
}

/// Both sides, which stand beside each other where there is room, and the same as a table.
pub(super) fn figure(drawing: &Drawing, name: &str) -> Markup {
    let (drawing, n_folded) = condense(drawing, LONGEST_DRAWING);
    let drawing = &drawing;
    html! {
        figure {
            div .sides {
                div .side tabindex="0" role="region" aria-label="The chain as it is" {
                    (picture(drawing, Side::Now, &format!("{name}: the chain as it is"), Setting::Half))
                }
                @if drawing.proposed.is_some() {
                    div .side tabindex="0" role="region" aria-label="The chain as proposed" {
                        (picture(drawing, Side::Proposed, &format!("{name}: the chain as proposed"), Setting::Half))
                    }
                }
            }
            figcaption {
                "Newest on top. A line leads down from a revision to its parent; ∅ stands for none."
                @if n_folded > 0 {
                    " " (folded(n_folded)) " "
                    a href="#files" { "files" } "."
                }
                @if drawing.proposed.is_some() { " Dashed lines are parents that the repair writes." }
            }
            (table(drawing))
        }
    }
}

fn table(drawing: &Drawing) -> Markup {
    let now = (row_parents(drawing, &drawing.now), row_marks(&drawing.now));
    let proposed = drawing.proposed.as_ref().map(|lines| (row_parents(drawing, lines), row_marks(lines)));
    let cells = |side: &(Vec<String>, Vec<Option<String>>), row: usize| {
        let (parents, marks) = side;
        html! {
            @match &marks[row] {
                None => { td {} td {} }
                Some(marks) => {
                    td { (code(&parents[row])) }
                    td { (marks) }
                }
            }
        }
    };
    html! {
        details {
            summary { "The same as a table" }
            div .wide tabindex="0" role="region" aria-label="The chain as a table" {
                table {
                    thead { tr {
                        th scope="col" { "Revision" }
                        th scope="col" { "Parents now" }
                        th scope="col" { "Is now" }
                        @if proposed.is_some() {
                            th scope="col" { "Parents proposed" }
                            th scope="col" { "Is then" }
                            th scope="col" { "Why" }
                        }
                    } }
                    tbody {
                        @for (at, row) in drawing.rows.iter().enumerate() {
                            tr {
                                th scope="row" { (code(&row.revision)) }
                                (cells(&now, at))
                                @if let Some(proposed) = &proposed {
                                    (cells(proposed, at))
                                    td {
                                        @for text in [&row.remains, &row.note].into_iter().flatten() { p { (text) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Every migration file.
pub(super) fn files(report: &Report) -> Markup {
    let environments: Vec<_> =
        report.environments.iter().filter(|environment| !environment.revisions.is_empty()).collect();
    html! {
        @if !environments.is_empty() {
            section #files {
                h2 { "Migration files" }
                @for environment in environments {
                    div .wide tabindex="0" role="region" aria-label="Migration files" {
                        table {
                            caption { (code(environment_name(environment))) }
                            thead { tr {
                                th scope="col" { "File" }
                                th scope="col" { "Revision" }
                                th scope="col" { "down_revision" }
                                th scope="col" { "Message" }
                                th scope="col" { "Created" }
                                th scope="col" { "Is" }
                            } }
                            tbody {
                                @for revision in &environment.revisions {
                                    tr {
                                        th scope="row" { (code(file_name(&revision.path))) }
                                        td { (code(&revision.revision)) }
                                        td { (code(&declared_parents(revision))) }
                                        td { (revision.message) }
                                        td .figures { (day(revision.create_date.as_deref())) }
                                        td { (roles(revision)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The environments, when there are several.
pub(super) fn environments(report: &Report) -> Markup {
    let path =
        |path: Option<&str>| html! { @match path { None => { "none" } Some(path) => { (code(path)) } } };
    html! {
        @if report.environments.len() > 1 {
            section #environments {
                h2 { "Environments" }
                div .wide tabindex="0" role="region" aria-label="Environments" {
                    table {
                        thead { tr {
                            th scope="col" { "Folder" }
                            th scope="col" { "Configuration" }
                            th scope="col" { "env.py" }
                            th scope="col" { "Migrations" }
                            th scope="col" { "In use" }
                        } }
                        tbody {
                            @for environment in &report.environments {
                                tr {
                                    th scope="row" { (code(environment_name(environment))) }
                                    td { (path(environment.config.as_deref())) }
                                    td { (path(environment.env_py.as_deref())) }
                                    td .figures { (environment.revisions.len()) }
                                    td { (in_use(environment)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
