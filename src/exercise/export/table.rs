//! A table, for platforms that nobody has heard of: a line for each question of each student.

use super::{Decimal, ExportFile, Kind, Part, Whole, ways};
use crate::exercise::grade::csv_table;

pub(super) fn files(whole: &Whole<'_>, parts: &[Part<'_>]) -> Vec<ExportFile> {
    let heading = [
        "student",
        "capture",
        "question",
        "points",
        "kind",
        "ask",
        "options",
        "answer",
        "tolerance",
        "also accepted",
        "mistakes",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut files = Vec::new();
    for part in parts {
        let capture = format!("captures/{}.pcapng", part.id());
        for item in &part.items {
            let kind = match &item.kind {
                Kind::Number { .. } => "number",
                Kind::Text { .. } => "text",
                Kind::Choice { .. } => "choice",
            };
            let options = match &item.kind {
                Kind::Choice { options, .. } => options.join("\n"),
                _ => String::new(),
            };
            let answer = &item.asked.answer;
            let tolerance = Decimal::of(answer).map_or(String::new(), |d| d.tolerance);
            let mistakes = item.asked.mistakes.iter();
            let mistakes: Vec<String> = mistakes.map(|(w, say)| format!("{w}: {say}")).collect();
            rows.push(vec![
                part.id().to_owned(),
                capture.clone(),
                item.id.to_owned(),
                item.points.to_string(),
                kind.to_owned(),
                item.ask.clone(),
                options,
                answer.to_string(),
                tolerance,
                ways(answer).split_off(1).join("\n"),
                mistakes.join("\n"),
            ]);
        }
        files.push((capture, part.sheet.capture.clone()));
    }
    files.insert(
        0,
        (format!("{}.csv", whole.name), csv_table(rows).into_bytes()),
    );
    files
}
