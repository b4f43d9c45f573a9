//! `wirelab new`: a scenario to start from.

use std::path::PathBuf;

use super::args::New;
use super::failure::Failure;
use super::output;
use super::shell::shell_word;
use crate::edge::AtomicFile;
use crate::scenario::builtin;

pub(super) fn new(args: &New) -> Result<(), Failure> {
    let Some(from) = builtin::find(&args.from) else {
        return Err(Failure::Usage {
            message: format!("there is no built-in scenario `{}`", args.from),
            help: Some(match builtin::nearest(&args.from) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`wirelab list` lists them".into(),
            }),
        });
    };
    let path = match args.name.extension().and_then(|end| end.to_str()) {
        Some("yaml" | "yml") => args.name.clone(),
        _ if args.name.extension().is_some() => {
            let better = shell_word(&args.name.with_extension("yaml"));
            return Err(Failure::Usage {
                message: format!("{} would hold YAML", args.name.display()),
                help: Some(format!("end it in .yaml: wirelab new {better}")),
            });
        }
        _ => {
            let mut name = args.name.clone().into_os_string();
            name.push(".yaml");
            PathBuf::from(name)
        }
    };
    if path.exists() {
        return Err(Failure::Usage {
            message: format!("{} exists already", path.display()),
            help: Some("choose another name, or remove it first".into()),
        });
    }
    AtomicFile::put(&path, from.text.as_bytes())?;
    // Its first line names the schema by which an editor completes and checks it.
    let schema = path.with_file_name("wirelab.schema.json");
    if !schema.exists() {
        AtomicFile::put(&schema, crate::scenario::schema::json().as_bytes())?;
        let place = schema.display();
        output::remark(&format!("{place}: written, for editors that know schemas"));
    }
    output::result(&format!("{}: written from {}\n", path.display(), from.name))?;
    output::remark(&format!("play it with: wirelab run {}", shell_word(&path)));
    let namesake = args.name.file_stem().and_then(|stem| stem.to_str());
    if let Some(other) = namesake.and_then(builtin::find)
        && other.name != from.name
    {
        let name = other.name;
        output::warning(&format!(
            "this is no copy of {name}: for one, say `--from {name}`"
        ));
    }
    Ok(())
}
