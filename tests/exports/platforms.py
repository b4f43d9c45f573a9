"""Reads exports as other programs would, and compares them with what `make` wrote.

platforms.py moodle|qti|ctfd EXPORT MADE EXERCISE: prints how many questions were compared.
"""

import base64
import html
import io
import json
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path


def capture_of(made, student, exercise):
    return (made / "students" / student / f"{exercise}.pcapng").read_bytes()


def plain(text):
    """Without what may be written one way or another."""
    return text.replace(",", "").lower()


def same(given, wanted):
    try:
        return float(given) == float(wanted)
    except ValueError:
        return plain(given) == plain(wanted)


def wanted_of(answer):
    return answer["is"]["choice"][1] if "choice" in answer["is"] else answer["answer"]


def split(text, mark):
    """Parts between marks that no backslash stands before."""
    return re.split(r"(?<!\\)" + re.escape(mark), text)


def bare(text):
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


def gaps(text):
    """The gaps of a cloze: points, kind, and for each answer its worth, text and feedback."""
    for gap in re.finditer(r"\{(\d+):([A-Z_]+):((?:\\.|[^}\\])*)\}", text):
        answers = []
        for part in split(gap[3], "~"):
            answer, feedback = split(part, "#")
            worth = 0
            if answer.startswith("="):
                worth, answer = 100, answer[1:]
            elif found := re.match(r"%(\d+)%", answer):
                worth, answer = int(found[1]), answer[found.end():]
            if gap[2] == "NUMERICAL":
                answer, _tolerance = answer.split(":")
            answers.append((worth, bare(answer), bare(feedback)))
        yield int(gap[1]), gap[2], answers


def moodle(export, made, key, exercise):
    quiz = ET.parse(next(export.glob("*.xml"))).getroot()
    assert quiz.tag == "quiz"
    questions = [q for q in quiz if q.get("type") == "cloze"]
    assert len(questions) == len(key) and len(quiz) == len(key) + 1
    count = 0
    for question, student in zip(questions, key):
        assert question.findtext("name/text").endswith(": " + student["student"])
        file = question.find("questiontext/file")
        assert file.get("encoding") == "base64" and file.get("path") == "/"
        assert base64.b64decode(file.text, validate=True) == capture_of(made, student["student"], exercise)
        text = question.findtext("questiontext/text")
        assert f'@@PLUGINFILE@@/{file.get("name")}' in text
        found = list(gaps(text))
        assert len(found) == len(student["answers"]), text
        for (points, kind, answers), answer in zip(found, student["answers"]):
            right = [text for worth, text, _ in answers if worth == 100]
            assert any(same(text, wanted_of(answer)) for text in right), (right, answer)
            assert points >= 1 and all(feedback for _, _, feedback in answers)
            if kind == "NUMERICAL":
                assert len(answers) == 1 + len(answer["mistakes"])
            count += 1
    return count


def shape(root, path=""):
    """Every element of a tree by its path, with the names of its attributes."""
    name = path + "/" + root.tag
    found = {(name, tuple(sorted(a for a in root.attrib if "schemaLocation" not in a)))}
    for child in root:
        found |= shape(child, name)
    return found


REFERENCE = """Quiz title: t
Quiz description: d

Title: a
1. n
+ r
- w
= 12 +- 0.5

Title: b
2. p
+ r
- w
* one
* two

Title: c
3. q
+ r
- w
*a) one
b) two
"""


def reference():
    """What a program for Canvas writes for questions of our kinds."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "q.txt").write_text(REFERENCE)
        tool = Path(sys.executable).parent / "text2qti"
        subprocess.run([tool, "q.txt"], cwd=folder, check=True, capture_output=True)
        found = {}
        with zipfile.ZipFile(Path(folder) / "q.zip") as archive:
            for name in archive.namelist():
                if name.endswith("/"):
                    continue
                last = name.rsplit("/", 1)[-1]
                kind = last if last in ("imsmanifest.xml", "assessment_meta.xml") else "questions"
                found[kind] = shape(ET.fromstring(archive.read(name)))
        return found


def qti(export, made, key, exercise):
    known = reference()
    bytes_ = next(export.glob("*.zip")).read_bytes()
    archive = zipfile.ZipFile(io.BytesIO(bytes_))
    assert archive.testzip() is None
    names = set(archive.namelist())
    manifest = ET.fromstring(archive.read("imsmanifest.xml"))
    assert shape(manifest) <= known["imsmanifest.xml"], shape(manifest) - known["imsmanifest.xml"]
    space = {"i": manifest.tag[1:].split("}")[0]}
    named = {file.get("href") for file in manifest.iterfind(".//i:file", space)}
    assert named | {"imsmanifest.xml"} == names
    idents = [r.get("identifier") for r in manifest.iterfind(".//i:resource", space)]
    assert len(idents) == len(set(idents)) == 3 * len(key)
    for dependency in manifest.iterfind(".//i:dependency", space):
        assert dependency.get("identifierref") in idents
    quizzes = [r.get("identifier") for r in manifest.iterfind(".//i:resource[@type='imsqti_xmlv1p2']", space)]
    q = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
    count = 0
    for quiz, student in zip(quizzes, key):
        meta = ET.fromstring(archive.read(f"{quiz}/assessment_meta.xml"))
        assert shape(meta) <= known["assessment_meta.xml"], shape(meta) - known["assessment_meta.xml"]
        root = ET.fromstring(archive.read(f"{quiz}/{quiz}.xml"))
        unknown = {(p, a) for p, a in shape(root) if not any(p == k and set(a) <= set(b) for k, b in known["questions"])}
        assert not unknown, unknown
        items = root.findall(".//q:item", q)
        assert len(items) == len(student["answers"])
        for item, answer in zip(items, student["answers"]):
            assert item.get("title") == answer["question"]
            right = item.find(".//q:respcondition[q:setvar]/q:conditionvar", q)
            values = [v.text for v in right.iterfind(".//q:varequal", q)]
            labels = {
                label.get("ident"): re.sub("<[^>]*>", "", label.findtext(".//q:mattext", "", q))
                for label in item.iterfind(".//q:render_choice/q:response_label", q)
            }
            values = [html.unescape(labels.get(v, v)) for v in values]
            assert any(same(v, wanted_of(answer)) for v in values), (values, answer)
            low, high = right.findtext(".//q:vargte", None, q), right.findtext(".//q:varlte", None, q)
            if low is not None:
                assert float(low) <= float(answer["answer"]) <= float(high)
            link = re.search(r'href="([^"]*)"', item.findtext(".//q:presentation/q:material/q:mattext", "", q))
            path = urllib.parse.unquote(html.unescape(link[1])).replace("$IMS-CC-FILEBASE$/", "")
            assert archive.read(path) == capture_of(made, student["student"], exercise)
            said = {
                feedback.get("ident"): bare_html(feedback.findtext(".//q:mattext", "", q))
                for feedback in item.iterfind("q:itemfeedback", q)
            }
            shown = {f.get("linkrefid") for f in item.iterfind(".//q:displayfeedback", q)}
            assert shown == set(said) and all(said.values()), (shown, said)
            for mistake in answer["mistakes"]:
                # Named as an answer, it would be imported as a right one.
                assert not any(same(v, mistake["answer"]) for v in values), (values, mistake)
                explained = f'{mistake["answer"]}: {mistake["say"]}'
                assert bare_html(explained) in said["general_incorrect_fb"], (explained, said)
            count += 1
    return count


def bare_html(text):
    """The words of HTML, or of text with code in backticks."""
    words = html.unescape(re.sub("<[^>]*>", " ", text)).replace("`", " ")
    return " ".join(words.split())


def ctfd(export, made, key, exercise):
    import yaml

    count = 0
    for student in key:
        folders = sorted((export / student["student"]).iterdir())
        assert len(folders) == len(student["answers"])
        for folder, answer in zip(folders, student["answers"]):
            challenge = yaml.safe_load((folder / "challenge.yml").read_text())
            assert challenge["name"] == f'{answer["question"]} ({student["student"]})'
            assert challenge["type"] == "standard" and challenge["version"] == "0.1"
            assert isinstance(challenge["value"], int) and challenge["category"] and challenge["description"]
            flags = [flag["content"] for flag in challenge["flags"]]
            assert all(flag["type"] == "static" for flag in challenge["flags"])
            if "time" in answer["is"]:
                off = answer["is"]["time"]["tolerance"] / 1e9
                assert all(abs(float(f) - float(answer["answer"])) <= off + 1e-9 for f in flags), flags
            else:
                assert any(same(flag, wanted_of(answer)) for flag in flags), (flags, answer)
            (file,) = challenge["files"]
            assert (folder / file).read_bytes() == capture_of(made, student["student"], exercise)
            count += 1
    return count


def main():
    how, export, made, exercise = sys.argv[1:]
    made = Path(made)
    key = json.loads((made / "teacher" / "key.json").read_text())
    readers = {"moodle": moodle, "qti": qti, "ctfd": ctfd}
    print(readers[how](Path(export), made, key, exercise))


main()
