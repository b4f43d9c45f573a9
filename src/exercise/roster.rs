//! Tables that teachers and students write: the roster, and answers that are handed in.
//!
//! They come out of spreadsheets: with a byte order mark or without, with
//! commas, semicolons or tabs, with quotes, with a heading or none.

use std::collections::{BTreeMap, BTreeSet};

/// A student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Student {
    /// What tells one student from all others; what their variant follows from.
    pub id: String,
    /// What they are called.
    pub name: Option<String>,
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// In which line, from 1.
    pub line: u64,
    /// What, and what to do about it.
    pub message: String,
}

impl core::fmt::Display for TableError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Headings that mean a student's id.
const ID_HEADINGS: &[&str] = &[
    "id",
    "student",
    "student id",
    "studentid",
    "student number",
    "id number",
    "idnumber",
    "username",
    "user name",
    "user",
    "login",
    "email",
    "email address",
    "matriculation number",
];
/// Headings that mean a student's name.
const NAME_HEADINGS: &[&str] = &[
    "name",
    "full name",
    "fullname",
    "display name",
    "student name",
];
/// Headings of other columns: a first line with one of them is a heading too.
const OTHER_HEADINGS: &[&str] = &[
    "students",
    "names",
    "ids",
    "number",
    "no",
    "nr",
    "#",
    "first name",
    "firstname",
    "given name",
    "last name",
    "lastname",
    "surname",
    "family name",
    "group",
    "section",
    "class",
    "course",
    "department",
    "institution",
    "programme",
    "program",
    "year",
    "semester",
    "seat",
    "points",
    "grade",
    "comment",
    "notes",
];
/// The longest id, in bytes: it becomes the name of a folder.
const MAX_ID: usize = 100;
/// The most lines of a table.
const MAX_LINES: usize = 100_000;

/// The lines of a table, each with its number.
type Lines = Vec<(u64, Vec<String>)>;

/// Text out of a file's bytes.
fn decode(bytes: &[u8]) -> Result<&str, TableError> {
    let wrong = |line, message: &str| TableError {
        line,
        message: message.into(),
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(wrong(1, "this is UTF-16; save the table as CSV in UTF-8"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(wrong(1, "this is a spreadsheet; save it as CSV"));
    }
    std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() as u64 + 1;
        wrong(line, "this is not UTF-8; save the table as CSV in UTF-8")
    })
}

/// The mark between cells: the one that the first line has most of, outside quotes.
fn mark_of(text: &str) -> u8 {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let count = |mark: u8| {
        let mut quoted = false;
        let mut is_mark = |b: &u8| {
            quoted ^= *b == b'"';
            *b == mark && !quoted
        };
        first.bytes().filter(|b| is_mark(b)).count()
    };
    let marks = [b',', b';', b'\t'].into_iter();
    marks
        .max_by_key(|m| (count(*m), *m == b','))
        .unwrap_or(b',')
}

/// The lines of a table whose cells are parted by `mark`. A quote that is not
/// closed, or closes in another line, is an error: it would swallow what stands
/// between, and nobody would notice.
fn lines(text: &str, mark: u8) -> Result<Lines, TableError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(mark)
        .from_reader(text.as_bytes());
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| TableError {
            line: e.position().map_or(0, csv::Position::line),
            message: "this line is not CSV".into(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if found.len() >= MAX_LINES {
            let message = format!("more than {MAX_LINES} lines are not read");
            return Err(TableError { line, message });
        }
        if record.iter().any(|cell| cell.contains('\n')) {
            let message = "a quote in this line is not closed in it".to_owned();
            return Err(TableError { line, message });
        }
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        // A spreadsheet writes empty lines as nothing but marks.
        if cells.iter().any(|cell| !cell.is_empty()) {
            found.push((line, cells));
        }
    }
    // What is open at the very end holds no further line, but is as wrong.
    match open_quote(text, mark) {
        Some(line) => Err(TableError {
            line,
            message: "a quote in this line is not closed".to_owned(),
        }),
        None => Ok(found),
    }
}

/// The line of a quote that is still open at the end of the text.
fn open_quote(text: &str, mark: u8) -> Option<u64> {
    let (mut line, mut opened, mut is_start) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\n' {
            line += 1;
        }
        if opened.is_some() {
            // Two quotes in a quoted cell are one of its letters.
            if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                opened = None;
            }
        } else if byte == b'"' && is_start {
            opened = Some(line);
        } else {
            is_start = byte == mark || byte == b'\n' || byte == b'\r';
        }
    }
    opened
}

/// The same, read line by line where quotes are odd: one student's slip costs
/// that student a remark, and not the answers behind it.
fn lines_one_by_one(text: &str, mark: u8) -> (Lines, Vec<TableError>) {
    let (mut found, mut remarks) = (Vec::new(), Vec::new());
    for (at, text) in text.lines().take(MAX_LINES).enumerate() {
        let line = at as u64 + 1;
        let mut read = lines(text, mark);
        if read.is_err() {
            let message = "a quote is not closed here: it is read as if it were not there";
            remarks.push(TableError {
                line,
                message: message.into(),
            });
            read = lines(&text.replace('"', ""), mark);
        }
        let cells = read.unwrap_or_default().into_iter().map(|(_, cells)| cells);
        found.extend(cells.map(|cells| (line, cells)));
    }
    (found, remarks)
}

/// Which column has one of these headings.
fn column(heading: &[String], names: &[&str]) -> Option<usize> {
    let fold = |cell: &str| cell.to_lowercase().replace(['_', '-'], " ");
    names
        .iter()
        .find_map(|name| heading.iter().position(|cell| fold(cell) == *name))
}

/// Reads a roster: ids, and names if there are any. Without a heading the
/// first column holds ids and the second names.
///
/// # Errors
/// Every line that is wrong.
pub fn read(bytes: &[u8]) -> Result<Vec<Student>, Vec<TableError>> {
    let text = decode(bytes).map_err(|e| vec![e])?;
    let mut lines = lines(text, mark_of(text)).map_err(|e| vec![e])?;
    let heading = lines
        .first()
        .map(|(_, cells)| cells.clone())
        .unwrap_or_default();
    let (mut id_at, mut name_at) = (0, Some(1));
    let named = column(&heading, ID_HEADINGS);
    let first_last = (
        column(&heading, &["first name", "firstname", "given name"]),
        column(
            &heading,
            &["last name", "lastname", "surname", "family name"],
        ),
    );
    if let Some(at) = named {
        id_at = at;
        name_at = column(&heading, NAME_HEADINGS).filter(|n| *n != at);
        lines.remove(0);
    } else if let Some(at) = column(&heading, NAME_HEADINGS).or(column(&heading, OTHER_HEADINGS)) {
        let cell = heading.get(at).map_or("", String::as_str);
        let message = format!(
            "`{cell}` looks like a heading, but no column is called `id`: name the one that tells \
             students apart `id`, or leave the headings out"
        );
        let line = lines.first().map_or(1, |(line, _)| *line);
        return Err(vec![TableError { line, message }]);
    }
    let mut students: Vec<Student> = Vec::new();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (line, cells) in lines {
        let cell = |at: usize| cells.get(at).filter(|c| !c.is_empty()).cloned();
        let Some(id) = cell(id_at) else {
            let message = "this student has no id".to_owned();
            wrong.push(TableError { line, message });
            continue;
        };
        if let Some(message) = unfit(&id) {
            wrong.push(TableError { line, message });
            continue;
        }
        // Folders of some systems do not tell case apart.
        if let Some(first) = seen.insert(id.to_lowercase(), line) {
            let message = format!("`{id}` is in line {first} already: an id is one student's");
            wrong.push(TableError { line, message });
            continue;
        }
        let name = match (named, first_last) {
            (Some(_), (Some(first), Some(last))) => {
                let parts: Vec<String> = [cell(first), cell(last)].into_iter().flatten().collect();
                (!parts.is_empty()).then(|| parts.join(" "))
            }
            _ => name_at.and_then(cell),
        };
        students.push(Student { id, name });
    }
    if students.is_empty() && wrong.is_empty() {
        let message = "there is nobody on this roster".to_owned();
        wrong.push(TableError { line: 1, message });
    }
    if wrong.is_empty() {
        Ok(students)
    } else {
        Err(wrong)
    }
}

/// Why an id cannot be the name of a folder on every system.
fn unfit(id: &str) -> Option<String> {
    let bad = |c: char| c.is_control() || "<>:\"/\\|?*".contains(c);
    if let Some(c) = id.chars().find(|c| bad(*c)) {
        return Some(format!(
            "the id `{}` holds {c:?}, which no folder's name may",
            id.escape_debug()
        ));
    }
    if id.starts_with(['.', ' ', '=', '+', '-']) || id.ends_with(['.', ' ']) {
        return Some(format!(
            "the id `{id}` begins or ends with a mark that does not fit a name"
        ));
    }
    (id.len() > MAX_ID)
        .then(|| format!("an id of {} bytes is too long: at most {MAX_ID}", id.len()))
}

/// Answers, by student and question. A question that nobody asked is among them where
/// somebody answered one: nothing was asked there, but something was handed in.
pub type Answers = BTreeMap<String, BTreeMap<String, String>>;

/// Adds the answers of one file. `owner` is the student whose file it is; a
/// file of the whole class has none, and a column for the student.
///
/// Two shapes are read: a line for each answer (columns `question` and
/// `answer`, which a student's own file need not name), and a line for each student
/// (a column for each question).
///
/// # Errors
/// When it is neither.
pub fn read_answers(
    bytes: &[u8],
    owner: Option<&str>,
    questions: &[&str],
    answers: &mut Answers,
) -> Result<Vec<TableError>, TableError> {
    let text = decode(bytes)?;
    let mark = mark_of(text);
    let (lines, mut remarks) = match (lines(text, mark), owner) {
        (Ok(lines), _) => (lines, Vec::new()),
        (Err(_), Some(_)) => lines_one_by_one(text, mark),
        (Err(wrong), None) => return Err(wrong),
    };
    let Some(((_, first), mut rest)) = lines.split_first() else {
        return Ok(remarks);
    };
    let mut heading: &[String] = first;
    let named = ["question", "answer"].map(str::to_owned);
    if owner.is_some() && lacks_heading(&lines, questions) {
        (heading, rest) = (&named, &lines);
    }
    // A question may have such a name: `user-name` is one.
    let is_question = |cell: &String| questions.contains(&cell.as_str());
    let others: Vec<String> = heading
        .iter()
        .map(|cell| {
            if is_question(cell) {
                String::new()
            } else {
                cell.clone()
            }
        })
        .collect();
    let student_at = column(&others, ID_HEADINGS);
    let question_at = column(heading, &["question", "question id", "q"]);
    let answer_at = column(heading, &["answer", "response", "a"]);
    let columns: Vec<(usize, &str)> = heading
        .iter()
        .enumerate()
        .filter_map(|(at, cell)| questions.iter().find(|q| *q == cell).map(|q| (at, *q)))
        .collect();
    let is_long = question_at.is_some() && answer_at.is_some();
    if (!is_long && columns.is_empty()) || (owner.is_none() && student_at.is_none()) {
        return Err(TableError {
            line: 1,
            message: "the first line names the columns: `question` and `answer`, or the questions \
                      themselves; and `student` in a file of the whole class"
                .into(),
        });
    }
    let known: BTreeSet<&str> = questions.iter().copied().collect();
    for (line, cells) in rest {
        let line = *line;
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let written = owner.map(str::to_owned);
        let student = written.or_else(|| student_at.map(|at| cell(at).to_owned()));
        let Some(student) = student.filter(|s| !s.is_empty()) else {
            let message = "whose answer is this? there is no id".to_owned();
            remarks.push(TableError { line, message });
            continue;
        };
        let theirs = answers.entry(student).or_default();
        let mut put = |question: &str, answer: &str| {
            if !answer.is_empty()
                && let Some(old) = theirs.insert(question.to_owned(), answer.to_owned())
                && old != answer
            {
                let message = format!("`{question}` is answered twice: the last one counts");
                remarks.push(TableError { line, message });
            }
        };
        if let (Some(question_at), Some(answer_at)) = (question_at, answer_at) {
            let question = cell(question_at);
            if known.contains(question) {
                // An answer with unquoted commas runs over into the cells behind it.
                let whole = match cells.get(answer_at..) {
                    Some(parts) if answer_at + 1 == heading.len() => parts.join(", "),
                    _ => cell(answer_at).to_owned(),
                };
                put(question, whole.trim_end_matches([',', ' ']));
            } else {
                let help = crate::scenario::suggest::did_you_mean(question, questions);
                let help = help.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let message = format!("there is no question `{question}`{help}");
                remarks.push(TableError { line, message });
                let answer = cell(answer_at);
                if !answer.is_empty() {
                    theirs.insert(question.to_owned(), answer.to_owned());
                }
            }
        } else {
            for (at, question) in &columns {
                put(question, cell(*at));
            }
        }
    }
    Ok(remarks)
}

/// The first line is an answer already: its first cell is a question, and what stands
/// behind it is none, and names no column. Where an answer happens to be called as a
/// question is, the other lines tell: a student's own table of columns has one more.
fn lacks_heading(lines: &Lines, questions: &[&str]) -> bool {
    let is_question = |cell: &String| questions.contains(&cell.as_str());
    let Some(((_, first), rest)) = lines.split_first() else {
        return false;
    };
    let Some((question, behind)) = first.split_first() else {
        return false;
    };
    let starts = rest.iter().filter_map(|(_, cells)| cells.first());
    let answered = starts.filter(|cell| is_question(cell)).count();
    let names_column = [ID_HEADINGS, NAME_HEADINGS, OTHER_HEADINGS]
        .iter()
        .any(|names| column(behind, names).is_some());
    let is_answer = !names_column && behind.first().is_some_and(|cell| !cell.is_empty());
    let is_row = if behind.iter().any(is_question) {
        rest.len() > 1 && answered * 2 > rest.len()
    } else {
        answered > 0 || is_answer
    };
    is_question(question) && is_row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let students = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
        students
            .into_iter()
            .map(|s| format!("{}={}", s.id, s.name.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn rosters_as_spreadsheets_write_them() {
        let wanted = ["a1=Ann Lee", "b2=Bo, Jr."];
        for text in [
            "id,name\na1,Ann Lee\nb2,\"Bo, Jr.\"\n",
            "\u{feff}id;name\r\na1;Ann Lee\r\nb2;Bo, Jr.\r\n;;\r\n",
            "Name\tStudent ID\nAnn Lee\ta1\n\nBo, Jr.\tb2",
            "a1,Ann Lee\nb2,\"Bo, Jr.\"",
            "First name,Last name,Email\nAnn,Lee,a1\n\"Bo,\",Jr.,b2\n",
        ] {
            assert_eq!(ids(text), wanted, "{text:?}");
        }
        let many: String = (0..10_000).map(|n| format!("s{n}\n")).collect();
        assert_eq!(ids(&many).len(), 10_000);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let wrong = read(b"id,name\na,x\n,y\nA,z\n../b,w\n=c,v\n").unwrap_err();
        let lines: Vec<u64> = wrong.iter().map(|e| e.line).collect();
        assert_eq!(lines, [3, 4, 5, 6], "{wrong:?}");
        assert!(wrong[1].message.contains("line 2 already"));
        assert!(read(b"").is_err() && read(b"id\n").is_err());
        assert!(
            read(b"\xff\xfea\0").unwrap_err()[0]
                .message
                .contains("UTF-16")
        );
        assert_eq!(read(b"id\na\n\xe9\n").unwrap_err()[0].line, 3);
    }

    #[test]
    fn a_heading_without_ids_is_nobody() {
        for text in [
            "name,group\nAnn,1\n",
            "First name;Last name\nAnn;Lee\n",
            "\n\nStudents\nann\n",
        ] {
            let wrong = read(text.as_bytes()).unwrap_err();
            assert!(
                wrong[0].message.contains("looks like a heading"),
                "{wrong:?}"
            );
        }
        // A person of that name is behind an id, and has a line of their own.
        assert_eq!(ids("id,name\nann,Name\n"), ["ann=Name"]);
    }

    #[test]
    fn an_odd_quote_swallows_nothing() {
        let questions = ["a", "b", "c"];
        for text in [
            "question,answer\na,\"1\nb,2\nc,3\n",
            "question,answer\na,\"1\nb,2\"\nc,3\n",
            "question,answer\na,1\nb,2\nc,\"3",
        ] {
            let mut answers = Answers::new();
            let remarks =
                read_answers(text.as_bytes(), Some("x"), &questions, &mut answers).unwrap();
            let given: Vec<&str> = answers["x"].values().map(String::as_str).collect();
            assert_eq!(
                given
                    .iter()
                    .map(|g| g.trim_matches('"'))
                    .collect::<Vec<_>>(),
                ["1", "2", "3"]
            );
            assert!(
                remarks[0].message.contains("quote is not closed"),
                "{remarks:?}"
            );
        }
        // Of a whole class's table nobody can say whose cells are shifted.
        let whole = "student,a,b\nx,\"1,2\ny,3,4\n";
        let wrong = read_answers(whole.as_bytes(), None, &questions, &mut Answers::new());
        assert_eq!(wrong.unwrap_err().line, 2);
        assert_eq!(read(b"id,name\na,\"Ann\nb,Bo\n").unwrap_err()[0].line, 2);
        let fine = "question,answer\na,\"say \"\"1\"\", or 2\"\n";
        let mut answers = Answers::new();
        assert!(
            read_answers(fine.as_bytes(), Some("x"), &questions, &mut answers)
                .unwrap()
                .is_empty()
        );
        assert_eq!(answers["x"]["a"], "say \"1\", or 2");
    }

    #[test]
    fn answers_in_three_shapes() {
        let questions = ["isn", "frames"];
        let mut answers = Answers::new();
        let mut add = |text: &str, owner| {
            let read = read_answers(text.as_bytes(), owner, &questions, &mut answers);
            read.unwrap_or_else(|e| panic!("{e}"))
        };
        assert!(add("question;answer\nisn; 12 \nframes;3, 4, 5\n", Some("a")).is_empty());
        assert!(add("student,question,answer\nb,isn,13\nb,frames,3,4,5\n", None).is_empty());
        assert!(add("id,isn,frames\nc,14,\"3,4,5\"\n", None).is_empty());
        let remarks = add("question,answer\nins,1\nisn,7\nisn,8\n", Some("d"));
        assert!(
            remarks[0].message.contains("did you mean `isn`"),
            "{remarks:?}"
        );
        assert!(remarks[1].message.contains("twice"));
        assert_eq!(answers["a"]["frames"], "3, 4, 5");
        assert_eq!(answers["b"]["frames"], "3, 4, 5");
        assert_eq!(answers["c"]["isn"], "14");
        assert_eq!(answers["d"]["isn"], "8");
        assert!(read_answers(b"x,y\n1,2\n", None, &questions, &mut answers).is_err());
        // A byte order mark is nothing: what is read, and what is said, is the same.
        for (text, owner) in [
            ("question,answer\nins,1\nisn,7\n", Some("e")),
            ("isn,7\nframes,3\n", Some("e")),
            ("ins,7\n", Some("e")),
            ("\"student\";\"isn\"\ne;\"1\n", None),
        ] {
            let read = |text: &str| {
                let mut answers = Answers::new();
                let said = read_answers(text.as_bytes(), owner, &questions, &mut answers);
                (said, answers)
            };
            assert_eq!(read(&format!("\u{feff}{text}")), read(text), "{text}");
        }
        // A question's column is nobody's id.
        let questions = ["user-name"];
        let text = b"user-name,email\nkrueger,e\n";
        assert!(read_answers(text, None, &questions, &mut answers).is_ok());
        assert_eq!(answers["e"]["user-name"], "krueger");
    }

    #[test]
    fn a_table_without_its_heading_is_read() {
        let questions = ["isn", "frames"];
        let add = |text: &str, owner| {
            let mut answers = Answers::new();
            let read = read_answers(text.as_bytes(), owner, &questions, &mut answers);
            let given = answers.remove("e").unwrap_or_default().into_iter();
            let given: Vec<String> = given.map(|(q, a)| format!("{q}={a}")).collect();
            read.map(|remarks| (given.join("; "), remarks.len()))
        };
        for (text, given, remarks) in [
            ("isn,15\nframes,3,4\n", "frames=3, 4; isn=15", 0),
            ("isn;15\nframes;3, 4", "frames=3, 4; isn=15", 0),
            ("isn,\nframes,3\n", "frames=3", 0),
            ("frames,3,4\n", "frames=3, 4", 0),
            // Something was handed in, though nobody asked for it.
            ("isn,15\nfrmes,5", "frmes=5; isn=15", 1),
            ("frames,isn\nisn,1\nframes,2\n", "frames=2; isn=1", 1),
            // These have one: a column for each question.
            ("isn,email\n16,h\n", "isn=16", 0),
            ("isn,\n16,\n", "isn=16", 0),
            ("isn,frames\n16,frames\n", "frames=frames; isn=16", 0),
        ] {
            let read = add(text, Some("e")).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read, (given.to_owned(), remarks), "{text}");
        }
        assert!(add("Frage,Antwort\nisn,1\n", Some("e")).is_err());
        assert!(add("e,isn,1\ne,frames,2\n", None).is_err());
    }
}
