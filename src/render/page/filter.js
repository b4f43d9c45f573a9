"use strict";
// Display filters: the language of `wirelab show -Y`, word for word.
//
// What this file accepts and what it answers must be what `src/analyze/filter/`
// does; a test asks both about every built-in capture. Only of regular
// expressions it knows less, and says so rather than guess. Bytes are strings
// with a character for each byte.
const Filters = (() => {
  class FilterError extends Error {
    constructor(message, start, end, help) {
      super(message);
      this.start = start;
      this.end = end;
      this.help = help;
    }
  }
  const MAX_DEPTH = 64;
  const MAX_TEXT = 32 * 1024;
  const MAX_CHECKS = 1000;
  const SET = "several values of a field are one set, as in tcp.port in {20, 21}";
  const U64 = (1n << 64n) - 1n;
  const I64 = (1n << 63n) - 1n;
  const NUMBERS = ["number", "hex", "flag", "time"];
  const utf8 = (text) => Array.from(new TextEncoder().encode(text), (b) => String.fromCharCode(b)).join("");
  const toBytes = (binary) => Uint8Array.from(binary, (c) => c.charCodeAt(0));
  const BLANK = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
  const BLANK_END = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;
  const trim = (text) => text.replace(BLANK, "").replace(BLANK_END, "");

  // ---- words ----
  const KEYWORDS = new Map(Object.entries({
    and: "&&", or: "||", not: "!", eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=",
    contains: "contains", matches: "matches", in: "in", any_eq: "==", all_ne: "!=", bitwise_and: "&",
  }));
  const OTHERS = ["===", "!==", "~="];
  const SYMBOLS = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "~", "&", "(", ")", "{", "}", ","];
  const WORD = /^[A-Za-z0-9._\-:/]+/;

  function tokens(text) {
    const found = [];
    let at = 0;
    for (;;) {
      at += (BLANK.exec(text.slice(at)) || [""])[0].length;
      const rest = text.slice(at);
      if (rest === "") {
        found.push({ kind: "end", start: at, end: at });
        return found;
      }
      let token;
      const word = WORD.exec(rest);
      if (rest[0] === '"') {
        token = quoted(text, at);
      } else if (/^r"/i.test(rest)) {
        token = raw(text, at);
      } else if (rest[0] === "[") {
        const end = rest.indexOf("]");
        if (end < 0) throw new FilterError("a slice needs its `]`", at, text.length);
        token = { kind: "slice", text: trim(rest.slice(1, end)), len: end + 1 };
      } else if (word) {
        const dots = word[0].indexOf("..");
        const name = dots > 0 ? word[0].slice(0, dots) : word[0];
        const keyword = KEYWORDS.get(name);
        token = dots === 0 ? { kind: "..", len: 2 } : keyword ? { kind: keyword, len: name.length }
          : { kind: "word", text: name, len: name.length };
      } else {
        const other = OTHERS.find((s) => rest.startsWith(s));
        const symbol = other ? undefined : SYMBOLS.find((s) => rest.startsWith(s));
        if (!symbol) {
          const first = other || String.fromCodePoint(rest.codePointAt(0));
          throw new FilterError(`\`${first}\` has no meaning here`, at, at + first.length,
            other ? "== asks if one value equals, != if none does"
              : first === "=" ? "to compare, write =="
                : first === "'" ? "text stands in double quotes, a byte is two digits, as in 0d" : undefined);
        }
        token = { kind: symbol === "~" ? "matches" : symbol, len: symbol.length };
      }
      token.start = at;
      token.end = at + token.len;
      at = token.end;
      found.push(token);
    }
  }

  const unclosed = (text, start) => new FilterError("the closing quote is missing", start, text.length);
  const ESCAPES = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "'": 39, "\\": 92 };

  function quoted(text, start) {
    let bytes = "";
    let at = start + 1;
    while (at < text.length) {
      const c = String.fromCodePoint(text.codePointAt(at));
      if (c === '"') return { kind: "text", bytes, len: at + 1 - start };
      if (c !== "\\") {
        bytes += utf8(c);
        at += c.length;
        continue;
      }
      if (at + 1 >= text.length) break;
      const name = String.fromCodePoint(text.codePointAt(at + 1));
      const digits = /^\\(?:x([0-9a-f]{1,2})|([0-7]{1,3}))/i.exec(text.slice(at, at + 4));
      const byte = digits ? parseInt(digits[1] || digits[2], digits[1] ? 16 : 8) : ESCAPES[name];
      if (byte === undefined || byte > 255 || name === "X") {
        const message = name === "x" ? "`\\x` needs hexadecimal digits"
          : byte > 255 ? "a byte is 255 at most, which is `\\377`" : `\`\\${name}\` stands for no character`;
        throw new FilterError(message, at, at + 1 + name.length, name === "x" || byte > 255 ? undefined
          : `in a regular expression write \\\\${name}, or r"..." around it`);
      }
      bytes += String.fromCharCode(byte);
      at += digits ? digits[0].length : 2;
    }
    throw unclosed(text, start);
  }

  function raw(text, start) {
    const inside = /^r"((?:[^"\\]|\\.)*)"/is.exec(text.slice(start));
    if (!inside) throw unclosed(text, start);
    return { kind: "text", bytes: utf8(inside[1]), len: inside[0].length };
  }

  // ---- values ----
  const unsigned = (word, most = U64) => {
    if (!/^[0-9]+$/.test(word)) return null;
    const value = BigInt(word);
    return value <= most ? value : null;
  };
  // As in C: 0x15 is hexadecimal, 0b101 binary, and 025 octal.
  const parseNumber = (word, most = U64) => {
    const prefixed = /^0(?:(x[0-9a-f]+)|(b[01]+)|([0-7]+))$/i.exec(word);
    if (!prefixed) return /^0./.test(word) ? null : unsigned(word, most);
    const value = BigInt("0" + (prefixed[1] || prefixed[2] || "o" + prefixed[3]).toLowerCase());
    return value <= most ? value : null;
  };
  const parseSigned = (part) => {
    const signed = /^([+-]?)(.+)$/s.exec(trim(part));
    const size = signed && parseNumber(signed[2], I64);
    return size === null ? null : signed[1] === "-" ? -size : size;
  };

  function ipv4(text) {
    const parts = text.split(".");
    if (parts.length !== 4) return null;
    let value = 0n;
    for (const part of parts) {
      if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
      value = (value << 8n) | BigInt(part);
    }
    return value;
  }

  function ipv6(text) {
    const groups = (part, mayEnd) => {
      if (part === "") return [];
      const found = [];
      const words = part.split(":");
      for (const [place, word] of words.entries()) {
        if (/^[0-9a-f]{1,4}$/i.test(word)) {
          found.push(BigInt("0x" + word));
          continue;
        }
        const four = mayEnd && place === words.length - 1 ? ipv4(word) : null;
        if (four === null) return null;
        found.push(four >> 16n, four & 0xffffn);
      }
      return found;
    };
    const halves = text.split("::");
    if (halves.length > 2 || text === "") return null;
    const head = groups(halves[0], halves.length === 1);
    const tail = halves.length === 2 ? groups(halves[1], true) : [];
    if (!head || !tail) return null;
    const count = head.length + tail.length;
    if (halves.length === 1 ? count !== 8 : count > 7) return null;
    const all = [...head, ...Array(8 - count).fill(0n), ...tail];
    return all.reduce((value, group) => (value << 16n) | group, 0n);
  }

  function ip(text) {
    const four = ipv4(text);
    if (four !== null) return { family: 4, bits: 32n, value: four };
    const six = ipv6(text);
    return six === null ? null : { family: 6, bits: 128n, value: six };
  }

  function parseIp(word) {
    const slash = word.indexOf("/");
    const address = ip(slash < 0 ? word : word.slice(0, slash));
    if (!address) return null;
    const prefix = slash < 0 ? address.bits : unsigned(word.slice(slash + 1), address.bits);
    return prefix === null ? null : { type: "ip", ...address, prefix };
  }

  const octet = (part) => /^[0-9a-f]{2}$/i.test(part) ? String.fromCharCode(parseInt(part, 16)) : null;

  function parseBytes(word) {
    if (/[:-]/.test(word)) {
      const parts = word.split(/[:-]/).map(octet);
      return parts.includes(null) ? null : parts.join("");
    }
    if (word.startsWith("0x")) {
      const byte = parseNumber(word, 255n);
      return byte === null ? null : String.fromCharCode(Number(byte));
    }
    return octet(word);
  }

  // To compare with: a byte may be one digit.
  function parseValue(word) {
    return parseBytes(/^[0-9a-f]$/i.test(word) ? `0${word}` : word);
  }

  function parseMac(word) {
    const parts = word.split(/[:-]/).map(octet);
    return parts.length === 6 && !parts.includes(null) ? parts.join("") : null;
  }

  function parseSeconds(word) {
    const negative = word.startsWith("-");
    const parts = /^([0-9]*)(?:\.([0-9]+))?$/.exec(negative ? word.slice(1) : word);
    if (!parts || parts[1] === "") return null;
    const fraction = parts[2] || "";
    if (fraction.length > 18 || BigInt(parts[1]) > U64) return null;
    const scaled = BigInt((fraction || "0").padEnd(18, "0"));
    if (scaled % 1000000000n !== 0n) return null;
    const nanos = BigInt(parts[1]) * 1000000000n + scaled / 1000000000n;
    if (nanos > I64) return null;
    return negative ? -nanos : nanos;
  }

  // A slice, or what is wrong with it, and what to write.
  function parseSlice(text) {
    const help = "write [start:length], [first-last] or [place]";
    const wrong = ["not a slice", help];
    if (text.includes(",")) return ["a slice is one piece", "ask of each alone, as in tcp[12] == 50 && tcp[13] == 18"];
    const colon = text.indexOf(":");
    if (colon >= 0) {
      const [from, len] = [trim(text.slice(0, colon)), trim(text.slice(colon + 1))];
      const start = from === "" ? 0n : parseSigned(from);
      const count = len === "" ? undefined : parseSigned(len);
      if (start === null || count === null || (count !== undefined && count < 0n)) return wrong;
      return count === 0n ? ["a slice of length 0 holds nothing", help] : { start, len: count };
    }
    const dash = text.indexOf("-", 1);
    if (dash > 0) {
      const [first, last] = [parseSigned(text.slice(0, dash)), parseSigned(text.slice(dash + 1))];
      if (first === null || last === null || last - first < 0n || last - first >= I64) return wrong;
      return { start: first, len: last - first + 1n };
    }
    const start = parseSigned(text);
    return start === null ? wrong : { start, len: 1n };
  }

  function cut(slice, bytes) {
    const length = BigInt(bytes.length);
    const start = slice.start < 0n ? length + slice.start : slice.start;
    if (start < 0n || start > length) return null;
    if (slice.len === undefined) return start === length ? null : bytes.slice(Number(start));
    if (start + slice.len > length) return null;
    return bytes.slice(Number(start), Number(start + slice.len));
  }

  // ---- regular expressions ----
  // Translated byte by byte, with both cases of each letter: what a browser
  // takes another way than we do is refused.
  function regex(pattern, fail) {
    const chars = Array.from(pattern);
    const refuse = (why) => fail(`not a regular expression that this page understands: ${why}`);
    let at = 0;
    let depth = 0;
    const byte = (code) => "\\x" + code.toString(16).padStart(2, "0");
    const set = (members) => "[" + members.map(byte).join("") + "]";
    const folded = (code) => {
      const letter = String.fromCharCode(code);
      return /[a-z]/i.test(letter)
        ? set([letter.toLowerCase().charCodeAt(0), letter.toUpperCase().charCodeAt(0)]) : byte(code);
    };
    const all = [...Array(256).keys()];
    const CLASSES = { d: /[0-9]/, w: /[0-9A-Za-z_]/, s: /[\t-\r ]/ };
    const classOf = (name) => {
      const test = CLASSES[name.toLowerCase()];
      const inside = (code) => test.test(String.fromCharCode(code));
      return all.filter((code) => inside(code) !== (name !== name.toLowerCase()));
    };
    // The byte that an escape stands for; undefined if it stands for something else.
    const escaped = (name) => {
      const control = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 }[name];
      if (control !== undefined) return control;
      if (name === "x") {
        const digits = chars.slice(at, at + 2).join("");
        if (!/^[0-9a-f]{2}$/i.test(digits)) refuse("after \\x");
        at += 2;
        return parseInt(digits, 16);
      }
      return name !== undefined && /^[!-\/:;=?@[-`{-~]$/.test(name) ? name.charCodeAt(0) : undefined;
    };

    function alternatives() {
      if (++depth > 50) refuse("too deep");
      let [source, size] = ["", 0];
      for (;;) {
        while (at < chars.length && chars[at] !== "|" && chars[at] !== ")") {
          const part = repeated();
          source += part.source;
          size += part.size;
          if (size > 2000) refuse("too large");
        }
        if (chars[at] !== "|") break;
        at += 1;
        source += "|";
      }
      depth -= 1;
      return { source: `(?:${source})`, size };
    }

    function repeated() {
      let part = atom();
      for (;;) {
        let [least, most] = [0, 1];
        let quantifier = chars[at];
        if (quantifier === "{") {
          const counts = /^\{([0-9]{1,4})(,([0-9]{1,4})?)?\}/.exec(chars.slice(at).join(""));
          if (!counts) refuse("{");
          least = Number(counts[1]);
          most = counts[3] === undefined ? least + 1 : Number(counts[3]);
          if (counts[3] !== undefined && most < least) refuse("a range the wrong way round");
          quantifier = counts[0];
        } else if (!["*", "+", "?"].includes(quantifier)) {
          return part;
        }
        at += quantifier.length;
        if (chars[at] === "?") at += 1;
        part = { source: `(?:${part.source}${quantifier})`, size: (part.size + 1) * Math.max(most, 1) };
        if (part.size > 2000) refuse("too large");
      }
    }

    function atom() {
      const c = chars[at++];
      switch (c) {
        case "(":
          if (chars[at] === "?") {
            if (chars[at + 1] !== ":") refuse("(?");
            at += 2;
          }
          return group();
        case "[": return { source: members(), size: 1 };
        case ".": return { source: "[^\\n]", size: 1 };
        case "^": return { source: "(?:^)", size: 1 };
        case "$": return { source: "(?:$)", size: 1 };
        case "\\": return escape();
        case "*": case "+": case "?": case "{": return refuse(`${c} repeats nothing`);
        default: {
          const bytes = Array.from(utf8(c), (b) => b.charCodeAt(0));
          return { source: `(?:${bytes.map(folded).join("")})`, size: bytes.length };
        }
      }
    }

    function group() {
      const inner = alternatives();
      if (chars[at++] !== ")") refuse("a ) is missing");
      return inner;
    }

    function escape() {
      const name = chars[at++];
      if (name !== undefined && "dDwWsS".includes(name)) return { source: set(classOf(name)), size: 1 };
      if (name === "b" || name === "B") {
        if (chars[at] === "{") refuse(`\\${name}{`);
        return { source: `(?:\\${name})`, size: 1 };
      }
      if (name === "A") return { source: "(?:^)", size: 1 };
      if (name === "z") return { source: "(?:$)", size: 1 };
      const code = escaped(name);
      if (code === undefined) refuse(`\\${name === undefined ? "" : name}`);
      return { source: folded(code), size: 1 };
    }

    function members() {
      const inside = new Set();
      const negated = chars[at] === "^";
      if (negated) at += 1;
      let isFirst = true;
      for (;; isFirst = false) {
        const low = member(isFirst);
        if (low === null) break;
        if (low.many) {
          if (chars[at] === "-" && chars[at + 1] !== "]") refuse("a range of a class");
          low.many.forEach((code) => inside.add(code));
          continue;
        }
        let high = low;
        if (chars[at] === "-" && chars[at + 1] !== "]") {
          at += 1;
          high = member(false);
          if (high === null || high.many || high.code < low.code) refuse("a range");
        }
        for (let code = low.code; code <= high.code; code += 1) {
          const letter = String.fromCharCode(code);
          inside.add(code);
          if (/[a-z]/i.test(letter)) {
            inside.add(letter.toLowerCase().charCodeAt(0));
            inside.add(letter.toUpperCase().charCodeAt(0));
          }
        }
      }
      return set(all.filter((code) => inside.has(code) !== negated));
    }

    function member(isFirst) {
      const c = chars[at++];
      if (c === undefined) refuse("a ] is missing");
      if (c === "]" && !isFirst) return null;
      const twice = chars[at] === c && "&-~".includes(c);
      if (c === "[" || twice || c.codePointAt(0) > 127) refuse("in []");
      if (c !== "\\") return { code: c.charCodeAt(0) };
      const name = chars[at++];
      if (name !== undefined && "dDwWsS".includes(name)) return { many: classOf(name) };
      const code = escaped(name);
      if (code === undefined) refuse(`\\${name === undefined ? "" : name}`);
      return { code };
    }

    const whole = alternatives();
    if (at < chars.length) refuse("a ) too many");
    return new RegExp(whole.source);
  }

  // ---- from words to a filter ----
  // `names` has maps `layers` and `fields` from names to {index, kind}, and
  // `either` from names to pairs of names; `habits` has what to say to whoever
  // writes a name that others have, and `protocols` is what there is.
  function parse(text, names) {
    if (utf8(text).length > MAX_TEXT) {
      throw new FilterError(`the filter is longer than ${MAX_TEXT} bytes`, 0, 0);
    }
    const words = tokens(text);
    const checks = [];
    let next = 0;
    let depth = 0;
    const peek = () => (words[next] || words[words.length - 1]).kind;
    const here = () => words[next] || words[words.length - 1];
    const take = () => { const token = here(); next += 1; return token; };
    const accept = (kind) => { const is = peek() === kind; if (is) next += 1; return is; };
    const wrong = (message, token, help) => { throw new FilterError(message, token.start, token.end, help); };

    const joined = (inner, symbol, all) => {
      const parts = [inner()];
      while (accept(symbol)) parts.push(inner());
      return parts.length === 1 ? parts[0] : { all, parts };
    };
    const any = () => joined(every, "||", false);
    const every = () => joined(not, "&&", true);

    function not() {
      depth += 1;
      if (depth > MAX_DEPTH) wrong("the filter is nested too deeply", here());
      let condition;
      if (accept("!")) {
        condition = { not: not() };
      } else if (accept("(")) {
        condition = any();
        if (!accept(")")) wrong("a `)` is missing", here());
      } else {
        condition = check();
      }
      depth -= 1;
      return condition;
    }

    function check() {
      const name = take();
      if (name.kind !== "word") {
        wrong("expected a name here, such as tcp.port", name, name.kind === "text" ? SET : undefined);
      }
      if (checks.length === MAX_CHECKS) {
        wrong(`the filter asks more than ${MAX_CHECKS} questions`, name, SET);
      }
      const subject = subjectOf(name);
      let slice;
      if (peek() === "slice") {
        const token = take();
        slice = parseSlice(token.text);
        if (slice.start === undefined) {
          wrong(slice[0], { start: token.start + 1, end: token.end - 1 }, instead(token.text) || slice[1]);
        }
        if (NUMBERS.includes(subject.kind)) {
          wrong("a number has no bytes to choose from", token, "bytes are chosen from a layer, as in tcp[13]");
        }
      }
      const kind = slice || subject.layer !== undefined ? "bytes" : subject.kind;
      const mask = maskOf(kind, !slice && subject.layer !== undefined);
      const isNegated = peek() === "!" && (words[next + 1] || {}).kind === "in";
      if (isNegated) next += 1;
      checks.push({ ...subject, slice, mask, test: testOf(kind) });
      const made = { check: checks.length - 1 };
      return isNegated ? { not: made } : made;
    }

    function subjectOf(token) {
      const name = token.text;
      const layer = names.layers.get(name);
      if (layer) return { layer: layer.index };
      const field = names.fields.get(name);
      if (field) return { fields: new Set([field.index]), kind: field.kind };
      const pair = names.either.get(name);
      if (pair) {
        const fields = pair.map((n) => names.fields.get(n));
        return { fields: new Set(fields.map((f) => f.index)), kind: fields[0].kind };
      }
      return wrong(`there is no field named \`${name}\``, token,
        peek() === "(" ? `functions such as ${name}() are not known here` : helpFor(name));
    }

    function instead(name) {
      return names.habits.get(name) || names.habits.get(name.split(".")[0]);
    }

    function helpFor(written) {
      const name = written.toLowerCase();
      const help = instead(name);
      if (help) return help;
      const address = parseIp(name);
      const field = address ? (address.family === 4 ? "ip.addr" : "ipv6.addr")
        : parseMac(name) === null ? null : "eth.addr";
      if (field) return `say whose it is, as in ${field} == ${name}`;
      if (parseNumber(name) !== null) return SET;
      const all = [...names.layers.keys(), ...names.fields.keys(), ...names.either.keys()];
      let best = null;
      for (const known of all) {
        const far = distance(name, known);
        if (!best || far < best.far || (far === best.far && known < best.known)) best = { far, known };
      }
      if (best && best.far <= 1 + Math.floor(name.length / 4)) return `did you mean ${best.known}?`;
      const begin = all.filter((known) => known.startsWith(name)).slice(0, 3);
      return begin.length ? `names that begin so: ${begin.join(", ")}` : `known are ${names.protocols}`;
    }

    function maskOf(kind, isLayer) {
      const token = here();
      if (!accept("&")) return undefined;
      if (isLayer || !["number", "hex", "bytes"].includes(kind)) {
        wrong("only numbers and bytes have bits", token,
          kind === "flag" ? "one bit is asked for as in tcp.flags.syn == 1"
            : kind === "ipv4" ? "a network is asked for as in ip.src == 10.0.0.0/8" : isLayer ? "say of which bytes, as in tcp[13] & 02" : undefined);
      }
      const word = take();
      if (peek() === "&") wrong("`&` stands once", here(), "write all bits as one number, as in tcp[13] & 12");
      const isBytes = kind === "bytes";
      if (isBytes && word.kind === "word") noName(word.text, word);
      const read = isBytes ? parseValue : parseNumber;
      const mask = word.kind === "word" ? read(word.text) : null;
      const expected = isBytes ? "bytes, such as 02 or 00:02" : "a number, such as 0x02";
      return mask === null ? wrong(`expected ${expected}`, word) : mask;
    }

    function testOf(kind) {
      if (["==", "<", "<=", ">", ">="].includes(peek())) {
        const how = take().kind;
        return { type: "compare", how, literal: literal(kind) };
      }
      if (accept("!=")) return { type: "none", literal: literal(kind) };
      if (accept("in")) return setOf(kind);
      if (["contains", "matches"].includes(peek()) && [...NUMBERS, "ipv4", "ipv6"].includes(kind)) {
        wrong("only text and bytes are looked into", here(), "compare it, as in tcp.port == 21 or ip.src == 10.0.0.0/8");
      }
      if (accept("contains")) {
        const token = take();
        if (!["text", "word"].includes(token.kind)) wrong("expected a value: text in quotes, or bytes", token);
        const part = token.kind === "text" ? token.bytes
          : wordOf(token.text, kind === "text" ? "text" : "bytes", token).value;
        if (part === "") {
          wrong("everything contains nothing: say what to look for", token, "a name alone holds where there is such a field");
        }
        return { type: "contains", part };
      }
      if (accept("matches")) {
        const token = take();
        if (token.kind !== "text") wrong("expected a regular expression in quotes", token);
        const fail = (why) => wrong(why, token);
        let pattern;
        try {
          pattern = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(toBytes(token.bytes));
        } catch {
          fail("not a regular expression: it is not UTF-8");
        }
        return { type: "matches", regex: regex(pattern, fail) };
      }
      return { type: "exists" };
    }

    function setOf(kind) {
      if (!accept("{")) wrong("expected `{`, as in `in {20, 21, 1050..1060}`", here());
      const ranges = [];
      for (;;) {
        const low = literal(kind);
        ranges.push([low, accept("..") ? literal(kind) : low]);
        if (accept("}")) return { type: "in", ranges };
        if (!accept(",")) wrong("expected `,` or `}`: commas stand between the values of a set", here());
      }
    }

    function literal(kind) {
      const token = take();
      if (token.kind === "text") {
        if (kind === "text" || kind === "bytes") return { type: "bytes", value: token.bytes };
        wrong("only text and bytes are compared with text", token, "write numbers, addresses and times without quotes");
      }
      if (token.kind !== "word") wrong("expected a value here", token);
      return wordOf(token.text, kind, token);
    }

    // A word that Wireshark takes for a name is no value.
    function noName(word, token) {
      const isName = names.either.has(word) || names.layers.has(word) || names.fields.has(word);
      const isProtocol = ["dc", "fc", "ff"].includes(word);
      if (!isName && !isProtocol) return;
      wrong(isProtocol ? `Wireshark has a protocol \`${word}\`` : `\`${word}\` is a name, and no value`, token,
        isName ? "fields are compared with values; text stands in quotes" : `write 0x${word} for the byte, or "${word}" for text`);
    }

    function wordOf(word, kind, token) {
      noName(word, token);
      const typed = (type, value) => value === null ? null : { type, value };
      const address = (family) => { const found = parseIp(word); return found && found.family === family ? found : null; };
      const TRUTHS = { 1: 1n, true: 1n, True: 1n, TRUE: 1n, 0: 0n, false: 0n, False: 0n, FALSE: 0n };
      let value;
      let expected = "";
      switch (kind) {
        case "number": case "hex":
          [value, expected] = [typed("number", parseNumber(word)), "a number, such as 21 or 0x15"];
          break;
        case "flag":
          value = Object.hasOwn(TRUTHS, word) ? typed("number", TRUTHS[word]) : null;
          expected = "1 or 0, or true or false";
          break;
        case "ipv4":
          [value, expected] = [address(4), "an IPv4 address, such as 10.2.0.1 or 10.2.0.0/24"];
          break;
        case "ipv6":
          [value, expected] = [address(6), "an IPv6 address, such as 2001:db8::7"];
          break;
        case "mac":
          [value, expected] = [typed("mac", parseMac(word)), "a hardware address, such as 02:00:00:00:00:01"];
          break;
        case "text":
          value = { type: "bytes", value: utf8(word) };
          break;
        case "bytes":
          [value, expected] = [typed("bytes", parseValue(word)), "bytes, such as 50:4f:52:54, or text in quotes"];
          break;
        default:
          [value, expected] = [typed("time", parseSeconds(word)), "seconds, such as 0.25"];
      }
      const octal = NUMBERS.includes(kind) && /^0[0-9]+$/.test(word) ? "a 0 in front makes a number octal" : undefined;
      return value === null ? wrong(`\`${word}\` is not ${expected}`, token, octal) : value;
    }

    if (peek() === "end") {
      wrong("the filter is empty", here(), "write a name such as ftp, or ftp.response.code == 530");
    }
    const condition = any();
    if (peek() !== "end") {
      wrong("the filter should end here: expected the end, or `and`, `or`", here(),
        peek() === "word" ? instead(here().text) : undefined);
    }
    return { checks, condition };
  }

  function distance(a, b) {
    const row = Array.from({ length: b.length + 1 }, (_, place) => place);
    for (let i = 0; i < a.length; i += 1) {
      let corner = i;
      let left = i + 1;
      for (let j = 0; j < b.length; j += 1) {
        const above = row[j + 1];
        left = Math.min(corner + (a[i] === b[j] ? 0 : 1), above + 1, left + 1);
        corner = above;
        row[j + 1] = left;
      }
      row[0] = i + 1;
    }
    return row[b.length];
  }

  // ---- asking a frame ----
  // The order of a value and a literal: negative, zero, positive; null where
  // they cannot be compared.
  function order(value, literal) {
    const sign = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    switch (`${value.type} ${literal.type}`) {
      case "number number": case "time time": return sign(BigInt(value.value), literal.value);
      case "mac mac": case "text bytes": return sign(value.value, literal.value);
      case "bytes bytes":
        return sign(value.value.length, literal.value.length) || sign(value.value, literal.value);
      case "ip ip": {
        const one = ip(value.value);
        if (!one || one.family !== literal.family) return null;
        const shift = literal.bits - literal.prefix;
        return sign(one.value >> shift, literal.value >> shift);
      }
      default: return null;
    }
  }

  function holds(how, value, literal) {
    const sign = order(value, literal);
    if (sign === null) return false;
    switch (how) {
      case "==": return sign === 0;
      case "<": return sign < 0;
      case "<=": return sign <= 0;
      case ">": return sign > 0;
      default: return sign >= 0;
    }
  }

  const isSame = (a, b) => a.type === b.type && a.value === b.value && a.prefix === b.prefix && a.family === b.family;

  // Whether the test of `check` holds for a field; undefined if its slice is not there.
  function ask(check, all, bytes) {
    let value = all;
    if (check.slice) {
      const part = cut(check.slice, bytes);
      if (part === null) return undefined;
      value = { type: "bytes", value: part };
    }
    if (check.mask !== undefined && value.type === "number") {
      value = { type: "number", value: BigInt(value.value) & check.mask };
    } else if (check.mask !== undefined && value.type === "bytes") {
      const bits = Array.from(value.value.slice(0, check.mask.length),
        (c, place) => String.fromCharCode(c.charCodeAt(0) & check.mask.charCodeAt(place)));
      value = { type: "bytes", value: bits.join("") };
    }
    const test = check.test;
    const text = () => (["bytes", "text"].includes(value.type) ? value.value : bytes);
    switch (test.type) {
      case "exists":
        if (check.mask === undefined) return true;
        return value.type === "number" ? value.value !== 0n : value.type !== "bytes" || /[^\0]/.test(value.value);
      case "compare": return holds(test.how, value, test.literal);
      case "none": return holds("==", value, test.literal);
      case "in":
        return test.ranges.some(([low, high]) => isSame(low, high) ? holds("==", value, low)
          : holds(">=", value, low) && holds("<=", value, high));
      case "contains": return text().includes(test.part);
      default: return test.regex.test(text());
    }
  }

  // `walk` calls its argument with (layer or undefined, field or undefined, a
  // function that gives the value, a function that gives the bytes).
  function matches(filter, walk) {
    const there = filter.checks.map(() => false);
    const held = filter.checks.map(() => false);
    walk((layer, field, value, bytes, whole) => {
      filter.checks.forEach((check, place) => {
        const isAsked = layer !== undefined ? check.layer === layer : check.fields && check.fields.has(field);
        if (!isAsked) return;
        const all = layer !== undefined && !check.slice && ["contains", "matches"].includes(check.test.type);
        const answer = all ? ask(check, { type: "bytes", value: whole() }, whole()) : ask(check, value(), bytes());
        if (answer === undefined) {
          there[place] = there[place] || check.test.type === "none";
          return;
        }
        there[place] = true;
        held[place] = held[place] || answer;
      });
    });
    const results = filter.checks.map((check, place) => {
      if (check.test.type === "exists" && check.mask === undefined) return there[place];
      return check.test.type === "none" ? there[place] && !held[place] : held[place];
    });
    const decide = (condition) => {
      if (condition.check !== undefined) return results[condition.check];
      if (condition.not) return !decide(condition.not);
      return condition.all ? condition.parts.every(decide) : condition.parts.some(decide);
    };
    return decide(filter.condition);
  }

  return { parse, matches, FilterError, utf8, toBytes };
})();
