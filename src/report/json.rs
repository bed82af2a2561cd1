//! The report as JSON: the model as it is, without the drawings' coordinates.

use super::Report;
use crate::drawing::Drawing;

/// Writes the report as JSON, indented, with a final line end. The same report gives the same bytes.
pub fn write_json(report: &Report) -> String {
    let mut report = report.clone();
    for environment in &mut report.environments {
        environment.drawing = Drawing::default();
        environment.plans.iter_mut().for_each(|plan| plan.drawing = Drawing::default());
    }
    let mut text =
        serde_json::to_string_pretty(&report).expect("the model holds nothing that JSON cannot say");
    text.push('\n');
    text
}
