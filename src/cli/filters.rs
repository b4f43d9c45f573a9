//! `wirelab filters`: the article's filters, and what they find.

use super::args::{Filters, How};
use super::failure::Failure;
use super::output;
use super::source::each;
use crate::analyze::{Comparison, FILTERS, NamedFilter, find_filter};

/// Where the text of a line begins.
const COLUMN: usize = 13;

pub(super) fn filters(args: &Filters, how: &How) -> Result<(), Failure> {
    let chosen: Vec<&'static NamedFilter> = match &args.name {
        None => FILTERS.iter().collect(),
        Some(name) => vec![find_filter(name).ok_or_else(|| {
            let names: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
            Failure::Usage {
                message: format!("there is no filter `{name}`"),
                help: Some(format!("there are {}", names.join(", "))),
            }
        })?],
    };
    let texts: Vec<String> = match &args.apply {
        None => {
            how.must_be_bare("without --apply there is neither")?;
            chosen.iter().map(|filter| filter.to_string()).collect()
        }
        Some(input) => {
            let mut found: Vec<Comparison> =
                chosen.into_iter().filter_map(Comparison::new).collect();
            each(input, how, |seen| {
                found.iter_mut().for_each(|filter| filter.note(seen));
                Ok(true)
            })?;
            found.iter().map(Comparison::to_string).collect()
        }
    };
    output::result(&output::look().columns(&texts.join("\n"), COLUMN))
}
