//! `wirelab schema`: the JSON Schema of scenario files, and of exercises; or their keys in
//! tables.

use super::args::Schema;
use super::failure::Failure;
use super::mdbook::tables;
use super::output;

pub(super) fn schema(args: &Schema) -> Result<(), Failure> {
    let (whole, schema) = match args.exercise {
        true => ("An exercise", crate::exercise::schema::json()),
        false => ("A scenario", crate::scenario::schema::json()),
    };
    output::result(&match args.markdown {
        true => tables(whole, &schema),
        false => schema,
    })
}
