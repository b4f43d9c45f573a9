//! `wirelab schema`: the JSON Schema of scenario files.

use super::failure::Failure;
use super::output;
use crate::scenario::schema::json;

pub(super) fn schema() -> Result<(), Failure> {
    output::result(&json())
}
