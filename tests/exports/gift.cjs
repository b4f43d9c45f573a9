// Reads an export with a parser of GIFT that is not ours, and compares its
// answers with the teacher's key.
// node gift.cjs NODE_MODULES FILE.gift KEY.json

const fs = require("fs");
const [modules, file, key] = process.argv.slice(2);
const { parse } = require(modules + "/gift-pegjs");

const fail = (why) => { console.error(why); process.exit(1); };
const parsed = parse(fs.readFileSync(file, "utf8"));
const questions = new Map(parsed.filter((q) => q.type !== "Category").map((q) => [q.title, q]));
const categories = parsed.filter((q) => q.type === "Category").length;
const students = JSON.parse(fs.readFileSync(key, "utf8"));
if (categories !== students.length) fail(`${categories} categories`);

let count = 0;
for (const student of students) {
  for (const { question, answer, is, mistakes } of student.answers) {
    const title = `${student.student} ${question}`;
    const found = questions.get(title) ?? fail(`${title} is not there`);
    const right = found.choices.filter((c) => c.isCorrect && c.weight !== 0);
    const wrong = found.choices.filter((c) => c.weight === 0);
    const texts = (choices) => choices.map((c) => c.text.text ?? String(c.text.number));
    const same = (a, b) => (Number.isNaN(Number(b)) ? a === b : Number(a) === Number(b));
    const wanted = "choice" in is ? is.choice[1] : answer;
    // "C A B" and "C, A, B" are one answer.
    const plain = (text) => text.replaceAll(",", "").toLowerCase();
    if (!texts(right).some((t) => same(plain(t), plain(wanted)))) {
      fail(`${title}: ${JSON.stringify(texts(right))}, not ${wanted}`);
    }
    const kind = { number: "Numerical", time: "Numerical", choice: "MC", yes: "MC" }[Object.keys(is)[0]] ?? "Short";
    if (found.type !== kind) fail(`${title} is ${found.type}, not ${kind}`);
    if (kind === "Numerical" && wrong.length !== mistakes.length) fail(`${title}: mistakes are lost`);
    if (!found.stem.text.includes(`Capture ${student.student}.pcapng`)) fail(`${title}: ${found.stem.text}`);
    count += 1;
  }
}
if (count !== questions.size) fail(`${count} of ${questions.size} questions are in the key`);
console.log(count);
