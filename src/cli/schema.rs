//! `wirelab schema`: the JSON Schema of scenario files, and of exercises.

use super::args::Schema;
use super::failure::Failure;
use super::output;

pub(super) fn schema(args: &Schema) -> Result<(), Failure> {
    output::result(&match args.exercise {
        true => crate::exercise::schema::json(),
        false => crate::scenario::schema::json(),
    })
}
