//! The schema of personas: the names that may be written, each with a line about it, from
//! the tables of the personas themselves.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

use crate::ftp::{client, server};
use crate::host::STACK_PERSONAS;

/// One of several words, each described.
fn words(about: &str, words: impl Iterator<Item = (&'static str, &'static str)>) -> Schema {
    let options: Vec<Value> = words
        .map(|(word, about)| json!({ "const": word, "description": about }))
        .collect();
    json_schema!({ "description": about, "oneOf": options })
}

macro_rules! personas {
    ($($(#[$doc:meta])* $name:ident, $about:literal, $words:expr;)*) => {$(
        $(#[$doc])*
        pub(in crate::scenario) struct $name;
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                words($about, $words)
            }
        }
    )*};
}

personas! {
    /// A server's persona.
    ServerPersona, "The FTP server whose words and habits a server has.",
        server::Persona::NAMES.iter().filter_map(|name| {
            server::Persona::named(name).map(|persona| (persona.name, persona.about))
        });
    /// A client's persona.
    ClientPersona, "The FTP client whose commands and pace an actor has.",
        client::Persona::NAMES.iter().filter_map(|name| {
            client::Persona::named(name).map(|persona| (persona.name, persona.about))
        });
    /// A host's persona.
    Stack, "The system whose TCP/IP a host has.",
        STACK_PERSONAS.iter().map(|persona| (persona.name, persona.about));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each name that a scenario may have is there, with words of its own.
    #[test]
    fn every_persona_is_described() {
        for (schema, count) in [
            (
                ServerPersona::json_schema(&mut SchemaGenerator::default()),
                server::Persona::NAMES.len(),
            ),
            (
                ClientPersona::json_schema(&mut SchemaGenerator::default()),
                client::Persona::NAMES.len(),
            ),
            (
                Stack::json_schema(&mut SchemaGenerator::default()),
                STACK_PERSONAS.len(),
            ),
        ] {
            let options = schema.get("oneOf").and_then(Value::as_array).unwrap();
            let mut abouts: Vec<&str> = options
                .iter()
                .map(|option| option["description"].as_str().unwrap())
                .collect();
            assert!(abouts.iter().all(|about| about.len() > 5), "{abouts:?}");
            abouts.sort_unstable();
            abouts.dedup();
            assert_eq!(abouts.len(), count, "{abouts:?}");
        }
    }
}
