//! `wirelab list`: the scenarios that come with the program.

use serde_json::json;

use super::args::List;
use super::failure::Failure;
use super::output;
use crate::scenario::builtin;

pub(super) fn list(args: &List) -> Result<(), Failure> {
    let mut scenarios = Vec::new();
    for builtin in builtin::all() {
        let loaded = builtin.load(&[])?;
        scenarios.push((builtin.name, loaded.scenario));
    }
    if args.json {
        let array: Vec<serde_json::Value> = scenarios
            .iter()
            .map(|(name, scenario)| {
                let tags: Vec<&str> = scenario.tags.iter().map(|t| t.value.as_str()).collect();
                json!({
                    "name": name,
                    "title": scenario.title.as_ref().map(|t| &t.value),
                    "about": scenario.about.as_ref().map(|a| a.value.trim_end()),
                    "tags": tags,
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&array).unwrap_or_default();
        return output::result(&format!("{text}\n"));
    }
    let widest = scenarios
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0);
    let lines: String = scenarios
        .iter()
        .map(|(name, scenario)| {
            let title = scenario.title.as_ref().map_or("", |t| t.value.as_str());
            format!("{name:widest$}  {title}\n")
        })
        .collect();
    output::result(&lines)
}
