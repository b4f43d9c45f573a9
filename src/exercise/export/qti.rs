//! QTI 1.2 in a zip, as Canvas imports it: a quiz for each student, and the
//! captures as files of the course.

use core::fmt::Write as _;

use super::text::{html, inline, xml};
use super::zip::pack;
use super::{ExportFile, Item, Kind, Part, Whole};
use crate::render::escape;

pub(super) fn files(whole: &Whole<'_>, parts: &[Part<'_>]) -> Vec<ExportFile> {
    let mut inside: Vec<ExportFile> = Vec::new();
    let mut resources = String::new();
    for (at, part) in parts.iter().enumerate() {
        // Ids of students are no names of XML; numbers are.
        let quiz = format!("{}-quiz-{}", plain(whole.name), at + 1);
        let capture = format!("captures/{}-{}.pcapng", whole.name, part.id());
        let _ = write!(
            resources,
            "    <resource identifier=\"{quiz}\" type=\"imsqti_xmlv1p2\">\n      \
             <file href=\"{quiz}/{quiz}.xml\"/>\n      \
             <dependency identifierref=\"{quiz}-meta\"/>\n    </resource>\n    \
             <resource identifier=\"{quiz}-meta\" \
             type=\"associatedcontent/imscc_xmlv1p1/learning-application-resource\" \
             href=\"{quiz}/assessment_meta.xml\">\n      \
             <file href=\"{quiz}/assessment_meta.xml\"/>\n    </resource>\n    \
             <resource identifier=\"{quiz}-capture\" type=\"webcontent\" href=\"{path}\">\n      \
             <file href=\"{path}\"/>\n    </resource>\n",
            path = xml(&capture)
        );
        let questions = assessment(whole, part, &quiz, &capture);
        inside.push((format!("{quiz}/{quiz}.xml"), questions.into_bytes()));
        let meta = meta(whole, part, &quiz);
        inside.push((format!("{quiz}/assessment_meta.xml"), meta.into_bytes()));
        inside.push((capture, part.sheet.capture.clone()));
    }
    let manifest = format!(
        "{HEAD}<manifest identifier=\"{}-manifest\" \
         xmlns=\"http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1\">\n  <metadata>\n    \
         <schema>IMS Content</schema>\n    <schemaversion>1.1.3</schemaversion>\n  </metadata>\n  \
         <organizations/>\n  <resources>\n{resources}  </resources>\n</manifest>\n",
        plain(whole.name)
    );
    inside.insert(0, ("imsmanifest.xml".into(), manifest.into_bytes()));
    vec![(format!("{}-qti.zip", whole.name), pack(&inside))]
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A name of XML.
fn plain(name: &str) -> String {
    let fit = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '-'
        }
    };
    format!("wirelab-{}", name.chars().map(fit).collect::<String>())
}

fn title(whole: &Whole<'_>, part: &Part<'_>) -> String {
    xml(&format!("{}: {}", whole.title, part.id()))
}

/// What a quiz is, beside its questions.
fn meta(whole: &Whole<'_>, part: &Part<'_>, quiz: &str) -> String {
    format!(
        "{HEAD}<quiz identifier=\"{quiz}\" xmlns=\"http://canvas.instructure.com/xsd/cccv1p0\">\n  \
         <title>{}</title>\n  <description>{}</description>\n  \
         <shuffle_answers>false</shuffle_answers>\n  <scoring_policy>keep_highest</scoring_policy>\n  \
         <quiz_type>assignment</quiz_type>\n  <points_possible>{}.0</points_possible>\n  \
         <show_correct_answers>false</show_correct_answers>\n  <allowed_attempts>1</allowed_attempts>\n  \
         <one_question_at_a_time>false</one_question_at_a_time>\n  <available>false</available>\n\
         </quiz>\n",
        title(whole, part),
        xml(&html(whole.about)),
        whole.points
    )
}

fn assessment(whole: &Whole<'_>, part: &Part<'_>, quiz: &str, capture: &str) -> String {
    let mut items = String::new();
    for (at, item) in part.items.iter().enumerate() {
        items += &question(item, &format!("{quiz}-{}", at + 1), capture);
    }
    format!(
        "{HEAD}<questestinterop xmlns=\"http://www.imsglobal.org/xsd/ims_qtiasiv1p2\">\n  \
         <assessment ident=\"{quiz}\" title=\"{}\">\n    <qtimetadata>\n{}    </qtimetadata>\n    \
         <section ident=\"root_section\">\n{items}    </section>\n  </assessment>\n\
         </questestinterop>\n",
        title(whole, part),
        field("cc_maxattempts", "1")
    )
}

fn field(label: &str, entry: &str) -> String {
    format!(
        "      <qtimetadatafield>\n        <fieldlabel>{label}</fieldlabel>\n        \
         <fieldentry>{}</fieldentry>\n      </qtimetadatafield>\n",
        xml(entry)
    )
}

/// HTML in a question.
fn material(html: &str) -> String {
    format!(
        "<material><mattext texttype=\"text/html\">{}</mattext></material>",
        xml(html)
    )
}

fn question(item: &Item<'_>, ident: &str, capture: &str) -> String {
    let answers: Vec<String> = match &item.kind {
        Kind::Choice { options, .. } => options.clone(),
        Kind::Text { accepted, .. } => accepted.clone(),
        Kind::Number { value, .. } => vec![value.value.clone()],
    };
    let answer = |at: usize| format!("{ident}-answer-{}", at + 1);
    let idents: Vec<String> = (0..answers.len()).map(answer).collect();
    let (kind, response, right) = match &item.kind {
        Kind::Number { value, .. } => (
            "numerical_question",
            FIB.replace("<render_fib>", "<render_fib fibtype=\"Decimal\">"),
            number(&value.value, &value.tolerance),
        ),
        Kind::Text { .. } => (
            "short_answer_question",
            FIB.to_owned(),
            answers.iter().map(|a| equal(a)).collect(),
        ),
        Kind::Choice { options, right } => {
            let labels: String = options
                .iter()
                .zip(&idents)
                .map(|(option, ident)| {
                    let words = material(&format!("<p>{}</p>", inline(option)));
                    format!("<response_label ident=\"{ident}\">{words}</response_label>")
                })
                .collect();
            let response = format!(
                "<response_lid ident=\"response1\" rcardinality=\"Single\">\
                 <render_choice>{labels}</render_choice></response_lid>"
            );
            ("multiple_choice_question", response, equal(&answer(*right)))
        }
    };
    let file = capture.rsplit('/').next().unwrap_or(capture);
    let ask = format!(
        "{}<p><a href=\"%24IMS-CC-FILEBASE%24/{}\">{}</a></p>",
        html(&item.ask),
        escape(&percent(capture)),
        escape(file)
    );
    let mut metadata = field("question_type", kind);
    metadata += &field("points_possible", &item.points.to_string());
    metadata += &field("original_answer_ids", &idents.join(","));
    metadata += &field("assessment_question_identifierref", &format!("{ident}-ref"));
    format!(
        "      <item ident=\"{ident}\" title=\"{}\">\n<itemmetadata><qtimetadata>\n{metadata}\
         </qtimetadata></itemmetadata>\n<presentation>{}{response}</presentation>\n\
         <resprocessing>\n<outcomes><decvar maxvalue=\"100\" minvalue=\"0\" varname=\"SCORE\" \
         vartype=\"Decimal\"/></outcomes>\n\
         <respcondition continue=\"No\"><conditionvar>{right}</conditionvar>\
         <setvar action=\"Set\" varname=\"SCORE\">100</setvar>\
         <displayfeedback feedbacktype=\"Response\" linkrefid=\"correct_fb\"/></respcondition>\n\
         <respcondition continue=\"Yes\"><conditionvar><other/></conditionvar>\
         <displayfeedback feedbacktype=\"Response\" linkrefid=\"general_incorrect_fb\"/>\
         </respcondition>\n</resprocessing>\n{}{}      </item>\n",
        xml(item.id),
        material(&ask),
        feedback("correct_fb", &html(item.right)),
        feedback("general_incorrect_fb", &wrong(item)),
    )
}

/// What is said of a wrong answer: Canvas takes every answer that a question names
/// for a right one, so that the known mistakes are explained together.
fn wrong(item: &Item<'_>) -> String {
    let mistakes: String = item
        .asked
        .mistakes
        .iter()
        .map(|(wrong, say)| format!("<li>{}</li>", inline(&format!("{wrong}: {say}"))))
        .collect();
    match mistakes.is_empty() {
        true => html(item.wrong),
        false => format!("{}<ul>{mistakes}</ul>", html(item.wrong)),
    }
}

const FIB: &str = "<response_str ident=\"response1\" rcardinality=\"Single\"><render_fib>\
                   <response_label ident=\"answer1\"/></render_fib></response_str>";

fn equal(value: &str) -> String {
    format!(
        "<varequal respident=\"response1\">{}</varequal>",
        xml(value)
    )
}

/// A number within its tolerance.
fn number(value: &str, tolerance: &str) -> String {
    let nanos = |text: &str| -> i128 {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{part:0<9}");
        digits.parse().unwrap_or(0)
    };
    let text = |nanos: i128| {
        let sign = if nanos < 0 { "-" } else { "" };
        let nanos = nanos.unsigned_abs();
        format!(
            "{sign}{}.{:09}",
            nanos / 1_000_000_000,
            nanos % 1_000_000_000
        )
    };
    let (value_nanos, tolerance) = (nanos(value), nanos(tolerance));
    format!(
        "<or>{}<and><vargte respident=\"response1\">{}</vargte>\
         <varlte respident=\"response1\">{}</varlte></and></or>",
        equal(value),
        text(value_nanos.saturating_sub(tolerance)),
        text(value_nanos.saturating_add(tolerance))
    )
}

fn feedback(ident: &str, html: &str) -> String {
    format!(
        "<itemfeedback ident=\"{ident}\"><flow_mat>{}</flow_mat></itemfeedback>\n",
        material(html)
    )
}

/// A path as a part of an address.
fn percent(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
