
// The page: a packet list that draws only what is in sight, the layers and
// bytes of the chosen frame, and everything else that can be pointed at.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ---- the frames ----
  const numbered = (defs) => new Map(defs.map((def, index) => [def[0], { index, kind: def[2] }]));
  const names = {
    layers: numbered(data.layers),
    fields: numbered(data.fields),
    either: new Map(data.either),
    habits: new Map(data.habits),
    protocols: data.protocols,
  };
  const text = (index) => data.texts[index];
  const binaries = new Map();
  // A frame's bytes, a character each; those looked at last are kept.
  function bytesOf(index) {
    let bytes = binaries.get(index);
    if (bytes === undefined) {
      if (binaries.size > 2000) binaries.clear();
      bytes = atob(data.frames[index][3]);
      binaries.set(index, bytes);
    }
    return bytes;
  }
  const frames = data.frames.map((frame) => ({
    time: frame[4], source: text(frame[5]), destination: text(frame[6]),
    protocol: text(frame[7]), info: text(frame[8]), tone: data.tones[frame[9]], why: text(frame[10]),
  }));
  const COMMENT = names.fields.get("frame.comment").index;

  // Shows all layers and fields of a frame, as the walk in Rust did.
  function walk(index, visit) {
    const [shape, values] = data.frames[index];
    const places = data.shapes[shape];
    // The first layer is the frame; pieces that were joined stand behind it.
    const frame = places[2];
    const packet = data.frames[index][11];
    for (let at = 0; at < places.length; at += 3) {
      const [what, start, end] = [places[at], places[at + 1], places[at + 2]];
      const bytes = () => bytesOf(index).slice(start, end);
      if (what < 0) {
        const last = data.layers[-1 - what][2] ? frame : start < frame ? Math.min(packet, frame) : packet;
        const whole = () => bytesOf(index).slice(start, Math.max(last, end));
        const own = data.layers[-1 - what][3] ? whole : bytes;
        visit(-1 - what, undefined, () => ({ type: "bytes", value: own() }), own, whole);
      } else {
        visit(undefined, what, () => valueOf(data.fields[what][2], values[at / 3], bytes), bytes);
      }
    }
  }
  function valueOf(kind, value, bytes) {
    switch (kind) {
      case "text": case "bytes": return { type: kind, value: value === null ? bytes() : text(value) };
      case "ipv4": case "ipv6": return { type: "ip", value: text(value) };
      case "mac": return { type: "mac", value: text(value).split(":").map((o) => String.fromCharCode(parseInt(o, 16))).join("") };
      case "time": return { type: "time", value };
      default: return { type: "number", value };
    }
  }
  function notesOf(index) {
    const notes = [];
    const [shape, values] = data.frames[index];
    const places = data.shapes[shape];
    for (let at = 0; at < places.length; at += 3) {
      if (places[at] === COMMENT) notes.push(decode(values[at / 3] === null ? "" : text(values[at / 3])));
    }
    return notes;
  }

  // ---- bytes as text that cannot do anything ----
  function decode(binary) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Filters.toBytes(binary));
    } catch {
      return binary.replace(/[\x80-\xff]/g, (c) => "\\x" + c.charCodeAt(0).toString(16));
    }
  }
  const printable = (shown) => shown
    .replace(/[\0-\x1f\x7f-\x9f]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"))
    .replace(/[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);

  // Bytes as a filter has them between quotes.
  const quoted = (binary) => `"${Array.from(binary, (c) => /[ !#-[\]-~]/.test(c) ? c
    : c === '"' || c === "\\" ? `\\${c}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")}"`;

  // `length` is how many bytes the field has on the wire, `digits` how many a
  // hexadecimal value has where its bytes do not tell.
  function shown(kind, value, bytes, length, digits) {
    switch (kind) {
      case "hex": return "0x" + BigInt(value).toString(16).padStart(digits || 2 * Math.max(1, Math.min(8, length)), "0");
      case "flag": return value ? "yes" : "no";
      case "text": return printable(decode(value === null ? bytes() : text(value)));
      case "bytes": {
        const length = (value === null ? bytes() : text(value)).length;
        return `${length} ${length === 1 ? "byte" : "bytes"}`;
      }
      case "time": {
        const nanos = BigInt(value);
        const size = nanos < 0n ? -nanos : nanos;
        return `${nanos < 0n ? "-" : ""}${size / 1000000000n}.${String(size % 1000000000n).padStart(9, "0")} s`;
      }
      case "ipv4": case "ipv6": case "mac": return text(value);
      default: return String(value);
    }
  }

  // ---- which frames are listed ----
  let visible = frames.map((_, index) => index);
  let chosen = -1;
  const list = byId("list");
  const rows = byId("rows");
  const rowHeight = () => (matchMedia("(max-width: 760px)").matches ? 46 : 25);
  const widest = (column) => frames.reduce((most, frame) => Math.max(most, frame[column].length), 6);
  const longest = list.clientWidth < 800 ? 17 : 24;
  list.style.setProperty("--source", `${Math.min(widest("source"), longest)}ch`);
  list.style.setProperty("--destination", `${Math.max(11, Math.min(widest("destination"), longest))}ch`);
  // Both ends of an address tell something.
  const short = (address) => (address.length <= longest || matchMedia("(max-width: 760px)").matches ? address
    : `${address.slice(0, (longest - 1) >> 1)}…${address.slice(-(longest >> 1))}`);
  list.style.setProperty("--time", `${widest("time")}ch`);
  list.style.setProperty("--number", `${Math.max(3, String(frames.length).length) + 2}ch`);

  function row(place) {
    const index = visible[place];
    const frame = frames[index];
    const cells = [String(index + 1), frame.time, frame.source, frame.destination, frame.protocol, frame.info];
    const element = make("div", {
      role: "row", id: `row-${index + 1}`, class: `packet ${frame.tone}`,
      "aria-rowindex": place + 2, "aria-selected": index === chosen,
    }, ...cells.map((cell, at) => make("span", { role: "gridcell", title: cell }, at === 2 || at === 3 ? short(cell) : cell)));
    if (hasNote(index)) element.lastChild.prepend(make("b", { class: "mark", title: "has a note" }, "✎"), " ");
    element.style.top = `${place * rowHeight()}px`;
    element.addEventListener("click", () => choose(index));
    return element;
  }
  const noted = frames.map((_, index) => data.shapes[data.frames[index][0]].some((what, at) => at % 3 === 0 && what === COMMENT));
  const hasNote = (index) => noted[index];

  function draw() {
    const height = rowHeight();
    rows.style.height = `${visible.length * height}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / height) - 10);
    const last = Math.min(visible.length, first + Math.ceil(list.clientHeight / height) + 22);
    rows.replaceChildren(...Array.from({ length: last - first }, (_, at) => row(first + at)));
    list.setAttribute("aria-rowcount", visible.length + 1);
    if (chosen >= 0 && byId(`row-${chosen + 1}`)) list.setAttribute("aria-activedescendant", `row-${chosen + 1}`);
    else list.removeAttribute("aria-activedescendant");
  }
  let waiting = false;
  const drawSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  list.addEventListener("scroll", drawSoon, { passive: true });
  addEventListener("resize", () => {
    drawSoon();
    if (chosen >= 0 && bytesAcross() !== Number(byId("bytes").dataset.width)) {
      drawBytes(chosen);
      light(lit);
    }
  });

  function reveal(place) {
    const height = rowHeight();
    // The list may have been shorter until now, and would not scroll so far.
    rows.style.height = `${visible.length * height}px`;
    const head = list.firstElementChild.offsetHeight;
    const top = place * height;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height + head > list.scrollTop + list.clientHeight) list.scrollTop = top + height + head - list.clientHeight;
  }

  // ---- filters ----
  const state = byId("filter-state");
  const input = byId("filter");
  function select(words) {
    if (words.trim() === "") return frames.map((_, index) => index);
    const filter = Filters.parse(words, names);
    const found = [];
    for (let index = 0; index < frames.length; index += 1) {
      if (Filters.matches(filter, (visit) => walk(index, visit))) found.push(index);
    }
    return found;
  }
  const counted = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;
  function apply() {
    const words = input.value;
    try {
      visible = select(words);
      state.className = "state";
      input.removeAttribute("aria-invalid");
      state.textContent = visible.length === frames.length ? counted(frames.length, "frame")
        : `${visible.length} of ${counted(frames.length, "frame")}`;
    } catch (error) {
      if (!(error instanceof Filters.FilterError)) throw error;
      state.className = "state wrong";
      input.setAttribute("aria-invalid", "true");
      const mark = make("mark", {}, words.slice(error.start, error.end) || "\u00a0");
      state.replaceChildren(`${error.message}: `, make("code", {}, words.slice(0, error.start), mark, words.slice(error.end)),
        error.help ? ` · ${error.help}` : "");
      return;
    }
    for (const button of byId("quick").children) button.setAttribute("aria-pressed", button.dataset.filter === words.trim());
    const place = visible.indexOf(chosen);
    if (place < 0) list.scrollTop = 0;
    else reveal(place);
    draw();
  }
  const QUICK = [
    ["All", ""], ["FTP", "ftp || ftp-data"], ["Commands", "ftp.request == 1"], ["Replies", "ftp.response == 1"],
    ["Errors", "ftp.response.code >= 400"], ["Data", "ftp-data"],
    ["Open and close", "tcp.flags.syn == 1 || tcp.flags.fin == 1 || tcp.flags.reset == 1"],
    ["Trouble", "tcp.analysis.flags || tcp.flags.reset == 1"], ["Notes", "frame.comment"],
  ];
  // Where frames were captured, if at several places.
  const interfaces = new Set();
  for (let index = 0; index < frames.length && interfaces.size <= 8; index += 1) {
    walk(index, (_, field, value) => {
      if (field === names.fields.get("frame.interface_name").index) interfaces.add(value().value);
    });
  }
  if (interfaces.size > 1) {
    for (const name of interfaces) QUICK.push([`at ${printable(decode(name))}`, `frame.interface_name == ${quoted(name)}`]);
  }
  for (const [label, filter] of QUICK) {
    const button = make("button", { type: "button", "data-filter": filter, title: filter || "every frame" }, label);
    button.addEventListener("click", () => { input.value = filter; apply(); });
    byId("quick").append(button);
  }
  let typing;
  input.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(apply, 200); });
  byId("bar").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(typing); apply(); });

  // ---- finding text ----
  const find = byId("find");
  function findNext() {
    const wanted = find.value.toLowerCase();
    if (wanted === "" || visible.length === 0) return;
    const from = visible.indexOf(chosen);
    const bytes = Filters.utf8(wanted);
    for (let step = 1; step <= visible.length; step += 1) {
      const index = visible[(from + step + visible.length) % visible.length];
      const frame = frames[index];
      const words = [index + 1, frame.source, frame.destination, frame.protocol, frame.info, ...notesOf(index)].join(" ");
      if (words.toLowerCase().includes(wanted) || bytesOf(index).toLowerCase().includes(bytes)) {
        choose(index);
        state.className = "state";
        state.textContent = `Found in frame ${index + 1}`;
        return;
      }
    }
    state.className = "state wrong";
    state.textContent = `“${find.value}” is in no frame that is listed`;
  }
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    findNext();
  });

  // ---- the chosen frame ----
  let items = [];
  let lit = null;
  let addressing;
  // The address names the frame, so that one can be pointed out to others.
  function address() {
    try {
      history.replaceState(null, "", `#frame-${chosen + 1}`);
    } catch {
      // A page without an address has none to change.
    }
  }
  function choose(index) {
    if (index < 0 || index >= frames.length) return;
    chosen = index;
    const place = visible.indexOf(index);
    if (place >= 0) reveal(place);
    draw();
    const frame = frames[index];
    byId("detail-heading").replaceChildren(`Frame ${index + 1} `, make("small", {}, frame.info));
    const remarks = notesOf(index).map((note) => make("p", { class: note.startsWith("Fault") ? "note fault" : "note" }, printable(note)));
    if (frame.why) remarks.push(make("p", { class: "why" }, make("b", {}, "Why it was sent: "), printable(frame.why)));
    byId("remarks").replaceChildren(...remarks);
    drawTree(index);
    drawBytes(index);
    light(null);
    follow(index + 1);
    clearTimeout(addressing);
    addressing = setTimeout(address, 300);
  }
  function step(by) {
    if (visible.length === 0) return;
    const place = visible.indexOf(chosen);
    const next = place >= 0 ? place + by : visible.findIndex((index) => index > chosen) - (by < 0 ? 1 : 0);
    choose(visible[Math.max(0, Math.min(visible.length - 1, next))]);
  }
  function stepNote(by) {
    for (let place = visible.indexOf(chosen) + by; place >= 0 && place < visible.length; place += by) {
      if (hasNote(visible[place])) return choose(visible[place]);
    }
    return undefined;
  }

  // ---- layers and fields ----
  // What was folded and unfolded by hand; else the innermost layer is open.
  const folded = new Map();
  function drawTree(index) {
    const tree = byId("tree");
    const [shape, values, meanings] = data.frames[index];
    const places = data.shapes[shape];
    items = [];
    const top = [];
    let layer = null;
    let parent = null;
    let field = 0;
    for (let at = 0; at < places.length; at += 3) {
      const [what, start, end] = [places[at], places[at + 1], places[at + 2]];
      if (what < 0) {
        const [name, label] = data.layers[-1 - what];
        const isLast = !places.some((other, later) => later > at && later % 3 === 0 && other < 0);
        layer = entry({ name, label, start, end, level: 1, isLayer: true, isLast, value: text(values[at / 3]), meaning: "" });
        top.push(layer.element);
        continue;
      }
      const [name, label, kind, depth, clause, digits] = data.fields[what];
      const bytes = () => bytesOf(index).slice(start, end);
      const item = entry({
        name, label, kind, clause, start, end, level: depth + 2, raw: values[at / 3],
        value: shown(kind, values[at / 3], bytes, end - start, digits), meaning: text(meanings[field]),
      });
      field += 1;
      if (depth === 0) parent = item;
      const above = depth > 0 && parent ? parent : layer;
      above.group.append(item.element);
      above.element.setAttribute("aria-expanded", above.isOpen);
    }
    tree.replaceChildren(...top);
    if (items.length > 0) items[0].element.tabIndex = 0;
  }
  function entry(item) {
    item.isOpen = !item.isLayer || (folded.has(item.name) ? !folded.get(item.name) : item.isLast);
    item.group = make("div", { role: "group" });
    const meaning = item.meaning ? make("span", { class: "meaning" }, ` (${printable(item.meaning)})`) : "";
    const line = make("div", { class: "line" }, make("b", {}, item.label), item.isLayer ? " " : ": ", make("span", { class: "value" }, printable(item.value)), meaning);
    item.element = make("div", { role: "treeitem", "aria-level": item.level, "aria-selected": "false", tabindex: "-1", class: item.isLayer ? "layer" : "item" }, line, item.group);
    line.addEventListener("click", () => {
      if (item.isLayer && lit === item) toggle(item);
      light(item);
      item.element.focus({ preventScroll: true });
    });
    line.addEventListener("mouseenter", () => shade(item.start, item.end));
    line.addEventListener("mouseleave", () => shade(0, 0));
    items.push(item);
    return item;
  }
  function toggle(item) {
    if (!item.group.firstChild) return;
    item.isOpen = !item.isOpen;
    item.element.setAttribute("aria-expanded", item.isOpen);
    if (item.isLayer) folded.set(item.name, !item.isOpen);
  }
  const inSight = () => items.filter((item) => item.element.offsetParent !== null);
  byId("tree").addEventListener("keydown", (event) => {
    const seen = inSight();
    const at = seen.findIndex((item) => item.element === document.activeElement);
    const item = seen[at];
    if (!item) return;
    let next = null;
    switch (event.key) {
      case "ArrowDown": next = seen[at + 1]; break;
      case "ArrowUp": next = seen[at - 1]; break;
      case "Home": next = seen[0]; break;
      case "End": next = seen[seen.length - 1]; break;
      case "ArrowRight":
        if (item.group.firstChild && !item.isOpen) toggle(item);
        else next = item.group.firstChild ? seen[at + 1] : null;
        break;
      case "ArrowLeft":
        if (item.group.firstChild && item.isOpen && item.isLayer) toggle(item);
        else next = items.find((other) => other.group === item.element.parentElement);
        break;
      case "Enter": case " ": toggle(item); break;
      default: return;
    }
    event.preventDefault();
    if (next) {
      light(next);
      next.element.focus();
    }
  });

  // ---- bytes ----
  let cells = [];
  const cell = make("i");
  const HEX = Array.from({ length: 256 }, (_, code) => code.toString(16).padStart(2, "0"));
  // Sixteen bytes a line, where the layers have room beside or above them.
  const bytesAcross = () => byId("bytes").closest(".split").clientWidth < (matchMedia("(max-width: 760px)").matches ? 540 : 800) ? 8 : 16;
  function drawBytes(index) {
    const bytes = bytesOf(index);
    const width = bytesAcross();
    byId("bytes").dataset.width = width;
    cells = [];
    const lines = [];
    for (let start = 0; start < bytes.length; start += width) {
      const [hex, characters] = [make("span", { class: "hex" }), make("span", { class: "text" })];
      for (let at = start; at < Math.min(start + width, bytes.length); at += 1) {
        const code = bytes.charCodeAt(at);
        const pair = [cell.cloneNode(), cell.cloneNode()];
        pair[0].textContent = HEX[code];
        pair[1].textContent = code >= 32 && code < 127 ? bytes[at] : "·";
        cells.push(pair);
        hex.append(pair[0]);
        characters.append(pair[1]);
      }
      lines.push(make("div", {}, make("span", { class: "offset" }, start.toString(16).padStart(4, "0")), hex, characters));
    }
    byId("bytes").replaceChildren(...lines);
  }
  // The innermost field that has a byte.
  function fieldAt(at) {
    const covering = items.filter((item) => item.start <= at && at < item.end);
    return covering.reduce((best, item) => !best || item.end - item.start <= best.end - best.start ? item : best, null);
  }
  function byteOf(event) {
    if (event.target.tagName !== "I") return null;
    const side = event.target.parentElement;
    const line = side.parentElement;
    const width = Number(byId("bytes").dataset.width);
    return [...line.parentElement.children].indexOf(line) * width + [...side.children].indexOf(event.target);
  }
  byId("bytes").addEventListener("click", (event) => {
    const at = byteOf(event);
    const item = at === null ? null : fieldAt(at);
    if (item) light(item, true);
  });
  byId("bytes").addEventListener("mouseover", (event) => {
    const at = byteOf(event);
    const item = at === null ? null : fieldAt(at);
    for (const other of items) other.element.classList.toggle("shaded", other === item);
    if (item) shade(item.start, item.end);
  });
  byId("bytes").addEventListener("mouseleave", () => {
    shade(0, 0);
    for (const other of items) other.element.classList.remove("shaded");
  });
  const marked = {};
  function mark(name, start, end) {
    for (const cell of marked[name] || []) cell.classList.remove(name);
    marked[name] = cells.slice(start, end).flat();
    for (const cell of marked[name]) cell.classList.add(name);
  }
  const shade = (start, end) => mark("shaded", start, end);

  // Lights a field and its bytes.
  function light(item, isScrolled) {
    lit = item;
    for (const other of items) {
      other.element.setAttribute("aria-selected", other === item);
      if (item) other.element.tabIndex = other === item ? 0 : -1;
    }
    mark("lit", item ? item.start : 0, item ? item.end : 0);
    const use = byId("use");
    use.hidden = !item;
    if (!item) {
      byId("chosen").textContent = "Choose a field or a byte: each lights the other.";
      return;
    }
    if (isScrolled) {
      for (let above = item.element.parentElement; above && above.id !== "tree"; above = above.parentElement) {
        const folder = items.find((other) => other.element === above);
        if (folder && !folder.isOpen) toggle(folder);
      }
      scrollWithin(byId("tree"), item.element.firstChild);
    } else if (item.end > item.start && cells[item.start]) {
      scrollWithin(byId("bytes").parentElement, cells[item.start][0]);
    }
    const place = item.end > item.start
      ? (item.end - item.start === 1 ? `, byte ${item.start}` : `, bytes ${item.start} to ${item.end - 1}`) : "";
    byId("chosen").replaceChildren(make("b", {}, item.label), " ", make("code", {}, item.name), place, item.clause ? `, ${item.clause}` : "");
  }
  function scrollWithin(box, element) {
    const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 8;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
  }
  function filterFor(item) {
    if (item.isLayer) return item.name;
    const bytes = () => bytesOf(chosen).slice(item.start, item.end);
    switch (item.kind) {
      case "flag": return `${item.name} == ${item.raw}`;
      case "text": case "bytes": return `${item.name} == ${quoted(item.raw === null ? bytes() : text(item.raw))}`;
      case "time": return `${item.name} == ${item.value.replace(" s", "")}`;
      default: return `${item.name} == ${item.value}`;
    }
  }
  byId("use").addEventListener("click", () => {
    if (!lit) return;
    input.value = filterFor(lit);
    apply();
    input.focus();
  });

  // ---- the whole run ----
  // What there shows a frame, by its number.
  const places = new Map();
  const showsAt = (number, element) => places.set(number, [...(places.get(number) || []), element]);
  for (const arrow of document.querySelectorAll("#ladder g.row")) {
    const [first, last] = [Number(arrow.dataset.first), Number(arrow.dataset.last)];
    if (first === 0) continue;
    for (let number = first; number <= last; number += 1) showsAt(number, arrow);
    arrow.addEventListener("click", () => choose(first - 1));
  }
  for (const link of document.querySelectorAll("#sessions li a[data-frame]")) {
    showsAt(Number(link.dataset.frame), link.parentElement);
  }
  let here = [];
  function follow(number) {
    for (const element of here) element.classList.remove("here");
    here = places.get(number) || [];
    for (const element of here) {
      element.classList.add("here");
      const panel = element.closest("[role=tabpanel]");
      if (!panel.classList.contains("hidden")) scrollWithin(panel, element);
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-frame]");
    if (!link) return;
    event.preventDefault();
    const index = Number(link.dataset.frame) - 1;
    if (!visible.includes(index)) { input.value = ""; apply(); }
    choose(index);
  });

  const tabs = [...document.querySelectorAll("[role=tab]")];
  function show(tab) {
    for (const other of tabs) {
      const isShown = other === tab;
      other.setAttribute("aria-selected", isShown);
      other.tabIndex = isShown ? 0 : -1;
      byId(other.getAttribute("aria-controls")).classList.toggle("hidden", !isShown);
    }
    if (chosen >= 0) follow(chosen + 1);
  }
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = tabs[(at + by + tabs.length) % tabs.length];
      show(next);
      next.focus();
    });
  });

  // ---- keys, theme, paper ----
  byId("first").addEventListener("click", () => choose(visible[0]));
  byId("last").addEventListener("click", () => choose(visible[visible.length - 1]));
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / rowHeight()) - 2);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -frames.length, End: frames.length }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(by);
  });
  const help = byId("help");
  const theme = () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  };
  byId("theme").addEventListener("click", theme);
  byId("help-button").addEventListener("click", () => help.showModal());
  const KEYS = {
    j: () => step(1), k: () => step(-1), n: () => stepNote(1), p: () => stepNote(-1), t: theme,
    "/": () => input.focus(), f: () => find.focus(), "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && [input, find].includes(event.target)) return list.focus();
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return undefined;
    if (["INPUT", "TEXTAREA"].includes(event.target.tagName) || !Object.hasOwn(KEYS, event.key)) return undefined;
    event.preventDefault();
    return KEYS[event.key]();
  });
  // Paper has no scroll bar: there the list is whole, as far as is sensible.
  const ON_PAPER = 2000;
  addEventListener("beforeprint", () => {
    const cellsOf = (index) => [index + 1, frames[index].time, frames[index].source, frames[index].destination, frames[index].protocol, frames[index].info];
    const lines = visible.slice(0, ON_PAPER).map((index) => make("tr", {}, ...cellsOf(index).map((cell) => make("td", {}, String(cell)))));
    const head = make("tr", {}, ...["No.", "Time", "Source", "Destination", "Protocol", "Info"].map((name) => make("th", {}, name)));
    const more = visible.length - lines.length;
    byId("printed").replaceChildren(make("h2", {}, "Packets"), make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)),
      more > 0 ? make("p", {}, `… and ${counted(more, "frame")} more`) : "");
  });
  addEventListener("afterprint", () => byId("printed").replaceChildren());

  show(tabs[0]);
  apply();
  const asked = /^#frame-([0-9]+)$/.exec(location.hash);
  choose(asked && Number(asked[1]) <= frames.length ? Math.max(0, Number(asked[1]) - 1) : 0);
  // For whoever wants to ask from the console, and for tests.
  window.wirelab = { select: (words) => select(words).map((index) => index + 1), choose: (number) => choose(number - 1) };
})();
