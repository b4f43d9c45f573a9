//! `wirelab exercise grade`: what was handed in, graded.

use std::path::Path;

use serde_json::json;

use crate::cli::args::ExerciseGrade;
use crate::cli::check::count;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::edge::{AtomicFile, create_folder, read_bytes};
use crate::exercise::grade::{Grade, csv_table, details_csv, json_text, summary_csv};
use crate::exercise::key::KeyEntry;
use crate::exercise::roster::Student;
use crate::exercise::{Asked, Loaded, Secret, Suspicion, misfit, sheet, suspicions};

pub(super) fn grade(args: &ExerciseGrade) -> Result<(), Failure> {
    let (loaded, hash) = super::open(&args.exercise)?;
    let students = super::students(&args.roster)?;
    let secret = args.secret_file.as_deref();
    let secret = secret.map(|path| super::secret(path, super::LOST_SECRET));
    let secret = secret.transpose()?;
    if let Some(made) = &args.made {
        compare(made, &hash, secret.as_ref())?;
    }
    if let Some(out) = &args.out {
        super::claim(out, args.force)?;
    }
    let questions = loaded.exercise.questions.iter();
    let questions: Vec<&str> = questions.map(|q| q.id.value.as_str()).collect();
    let mut answers = super::answers::collect(&args.answers, &students, &questions)?;
    let (asked, strangers) = match (&secret, &args.key) {
        (Some(secret), _) => computed(&loaded, secret, &students)?,
        (None, Some(key)) => (from_key(key, &loaded, &students)?, Vec::new()),
        (None, None) => return Err(Failure::usage("--secret-file, or --key")),
    };
    let is_empty = |s: &&Student| answers.get(&s.id).is_none_or(|given| given.is_empty());
    let empty: Vec<&str> = students
        .iter()
        .filter(is_empty)
        .map(|s| s.id.as_str())
        .collect();
    let grades: Vec<Grade> = students
        .iter()
        .zip(&asked)
        .map(|(student, asked)| {
            let given = answers.remove(&student.id).unwrap_or_default();
            Grade::of(&loaded.exercise, asked, student, &given)
        })
        .collect();
    if args.made.is_none()
        && let Some(misfit) = misfit(&grades, &asked, &strangers)
    {
        let message = format!(
            "of {} answers that differ from student to student {} are right, which {} chance: \
             are exercise, secret and roster those that the captures were made with?",
            misfit.given,
            misfit.right,
            if misfit.is_certain { "is" } else { "may be" }
        );
        let help = "--made DIR compares them with what was made, and says which of them differs";
        if misfit.is_certain {
            let help = Some(help.into());
            return Err(Failure::Usage { message, help });
        }
        output::warning(&message);
        output::remark(&format!("  help: {help}"));
    }
    let suspicions = suspicions(&grades, &asked, &strangers);
    if students.len() + strangers.len() < 3 {
        output::remark(
            "of fewer than three students nobody can tell a copy from chance with the key \
             alone: that takes --secret-file",
        );
    }
    let whole = json!({
        "exercise": loaded.name,
        "grades": grades,
        "suspicions": suspicions,
    });
    if let Some(out) = &args.out {
        create_folder(&out.join("feedback"))?;
        let put = |name: &str, text: String| AtomicFile::put(&out.join(name), text.as_bytes());
        put("grades.csv", summary_csv(&loaded.exercise, &grades))?;
        put("details.csv", details_csv(&grades))?;
        put("suspicions.csv", suspicions_csv(&suspicions))?;
        super::make::put_json(&out.join("grades.json"), &whole)?;
        for (grade, asked) in grades.iter().zip(&asked) {
            let text = sheet::feedback_html(&loaded.exercise, asked, grade);
            put(&format!("feedback/{}.html", grade.student), text)?;
        }
    }
    if args.json {
        output::result(&json_text(&whole))?;
    } else {
        match &args.out {
            Some(out) => output::result(&said(out, &grades, students.len() - empty.len()))?,
            None => output::result(&summary_csv(&loaded.exercise, &grades))?,
        }
    }
    for s in &suspicions {
        output::remark(&format!(
            "{}: {} of {} wrong answers are right for {} ({}); chance does that to one student in {} at most",
            s.student,
            s.questions.len(),
            s.wrong,
            s.source,
            s.questions.join(", "),
            s.one_in,
        ));
    }
    if !empty.is_empty() {
        output::remark(&format!("handed in nothing: {}", some_of(&empty)));
    }
    Ok(())
}

/// What was written, in a line: the table stands in the folder.
fn said(out: &Path, grades: &[Grade], handed_in: usize) -> String {
    let points = || grades.iter().map(|g| g.points);
    format!(
        "{}: {} of {} handed in, {} to {} of {} points, grades in grades.csv\n",
        out.display(),
        handed_in,
        count(grades.len(), "student"),
        points().min().unwrap_or(0),
        points().max().unwrap_or(0),
        grades.first().map_or(0, |g| g.of),
    )
}

/// So many names, and how many more there are.
const MAX_NAMED: usize = 10;

fn some_of(names: &[&str]) -> String {
    match names.split_at_checked(MAX_NAMED) {
        Some((named, rest)) if rest.len() > 1 => {
            format!("{} and {} more", named.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}

fn suspicions_csv(suspicions: &[Suspicion]) -> String {
    let heading = ["student", "source", "questions", "hits", "wrong", "one in"];
    let heading: Vec<String> = heading.map(str::to_owned).to_vec();
    let rows = suspicions.iter().map(|s| {
        vec![
            s.student.clone(),
            s.source.clone(),
            s.questions.join(" "),
            s.questions.len().to_string(),
            s.wrong.to_string(),
            s.one_in.to_string(),
        ]
    });
    csv_table(std::iter::once(heading).chain(rows))
}

/// Makes sure that what is graded is what was made.
fn compare(made: &Path, hash: &str, secret: Option<&Secret>) -> Result<(), Failure> {
    let path = made.join("teacher/manifest.json");
    let bytes = read_bytes(&path, super::MAX_TABLE)?;
    let manifest: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|_| Failure::usage(format!("{} is not a manifest", path.display())))?;
    let was = |key: &str| manifest.get(key).and_then(|v| v.as_str()).unwrap_or("");
    if let Some(secret) = secret
        && was("secret") != secret.fingerprint()
    {
        return Err(Failure::Usage {
            message: format!(
                "this is not the secret that {} was made with: {}, not {}",
                made.display(),
                secret.fingerprint(),
                was("secret")
            ),
            help: Some("with another secret everybody's right answers are others".into()),
        });
    }
    if was("exercise sha256") != hash {
        return Err(Failure::Usage {
            message: format!("the exercise was changed after {} was made", made.display()),
            help: Some("grade with the exercise as it was, or make everything anew".into()),
        });
    }
    Ok(())
}

/// A small class is made larger by people who do not exist, up to so many.
const CROWD: usize = 24;

/// What each student is asked and, in a small class, what strangers would be.
type Computed = (Vec<Vec<Asked>>, Vec<Vec<Asked>>);

fn computed(loaded: &Loaded, secret: &Secret, students: &[Student]) -> Result<Computed, Failure> {
    let mut ids: Vec<String> = students.iter().map(|s| s.id.clone()).collect();
    // No roster holds such an id: it begins with a mark that ids may not have.
    ids.extend((students.len()..CROWD).map(|n| format!("/stranger {n}")));
    let mut asked = super::for_each(loaded, secret, &ids, |_, prepared| Ok(prepared.asked))?;
    let strangers = asked.split_off(students.len().min(asked.len()));
    Ok((asked, strangers))
}

/// What each student was asked, as the key has it.
fn from_key(
    path: &Path,
    loaded: &Loaded,
    students: &[Student],
) -> Result<Vec<Vec<Asked>>, Failure> {
    let bytes = read_bytes(path, MAX_KEY)?;
    let key: Vec<KeyEntry> = serde_json::from_slice(&bytes).map_err(|why| Failure::Usage {
        message: format!("{} is no key: {why}", path.display()),
        help: Some("it is teacher/key.json in the folder that `make` wrote".into()),
    })?;
    let questions = loaded.exercise.questions.iter();
    let names: Vec<&str> = questions.map(|q| q.id.value.as_str()).collect();
    let of = |student: &Student| {
        let entry = key.iter().find(|entry| entry.student == student.id);
        let entry = entry.ok_or_else(|| {
            Failure::usage(format!("`{}` is not in {}", student.id, path.display()))
        })?;
        let asked = entry.asked();
        if !asked
            .iter()
            .map(|q| q.id.as_str())
            .eq(names.iter().copied())
        {
            let message = format!("{} is the key of other questions", path.display());
            return Err(Failure::usage(message));
        }
        Ok(asked)
    };
    students.iter().map(of).collect()
}

/// The largest key, in bytes.
const MAX_KEY: usize = 256 << 20;
