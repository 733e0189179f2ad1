// The Markdown toolbar: buttons that wrap or prefix the selected text of a textarea. The toolbar is one stop of the
// Tab key, with arrow keys between its buttons, as the ARIA toolbar pattern asks. Every change goes through the
// browser's own undo history.

const WRAPS = { bold: ["**", "bold words"], italic: ["*", "words"] };
const PREFIXES = { heading: () => "## ", bullets: () => "- ", numbers: (line) => `${line + 1}. `, quote: () => "> " };
const ANY_PREFIX = { heading: /^#{1,6} /, bullets: /^[-*] /, numbers: /^\d+\. /, quote: /^> ?/ };

/** Put text in place of the characters from start to end, then select what is asked, both as offsets. */
function replace(area, start, end, text, selectFrom, selectTo) {
  area.focus();
  area.setSelectionRange(start, end);
  // The old command is the only way that keeps undo; where a browser has dropped it, the text still changes.
  const command = text === "" ? "delete" : "insertText";
  if (!document.execCommand(command, false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(selectFrom, selectTo);
}

function wrap(area, mark, sample) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end);
  const size = mark.length;
  const wrapped = value.slice(start - size, start) === mark && value.slice(end, end + size) === mark;
  // One star beside another is the end of bold text, not of italic.
  const bold = mark === "*" && (value[start - 2] === "*" || value[end + 1] === "*");
  if (chosen && wrapped && !bold) {
    replace(area, start - size, end + size, chosen, start - size, end - size);
    return;
  }
  const words = chosen || sample;
  replace(area, start, end, mark + words + mark, start + size, start + size + words.length);
}

function link(area) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const words = isAddress || !chosen ? "words of the link" : chosen;
  const address = isAddress ? chosen : "https://";
  const text = `[${words}](${address})`;
  const from = isAddress || !chosen ? start + 1 : start + words.length + 3;
  replace(area, start, end, text, from, from + (isAddress || !chosen ? words.length : address.length));
}

function prefix(area, kind) {
  const { value } = area;
  const start = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const stop = value.indexOf("\n", area.selectionEnd);
  const end = stop === -1 ? value.length : stop;
  const lines = value.slice(start, end).split("\n");
  const already = lines.every((line) => ANY_PREFIX[kind].test(line));
  const changed = lines.map((line, at) => (already ? line.replace(ANY_PREFIX[kind], "") : PREFIXES[kind](at) + line));
  // A list or a quote straight after a paragraph needs an empty line before it.
  const gap = !already && start > 0 && value.slice(0, start).replace(/\n$/, "").split("\n").pop() !== "" ? "\n" : "";
  const text = gap + changed.join("\n");
  const cursor = start + text.length;
  replace(area, start, end, text, lines.length > 1 ? start + gap.length : cursor, cursor);
}

/** A table to fill in, on lines of its own. */
function table(area) {
  const { selectionEnd: at, value } = area;
  const before = value.slice(0, at);
  const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const caption = "what it shows";
  const text = `${gap}Table: ${caption}\n| Heading | Heading |\n|---|---|\n| words | words |\n`;
  const from = at + gap.length + "Table: ".length;
  replace(area, at, at, text, from, from + caption.length);
}

function act(area, what) {
  if (what in WRAPS) wrap(area, ...WRAPS[what]);
  else if (what === "link") link(area);
  else if (what === "table") table(area);
  else prefix(area, what);
}

function start(toolbar) {
  const area = document.getElementById(toolbar.dataset.editorFor);
  const buttons = [...toolbar.querySelectorAll("button")];
  if (!area || !buttons.length) return;

  const stopAt = (chosen) => buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
  stopAt(buttons[0]);

  toolbar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const last = buttons.length - 1;
    const moves = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last };
    if (at === -1 || !(event.key in moves)) return;
    event.preventDefault();
    const next = buttons[moves[event.key]];
    stopAt(next);
    next.focus();
  });
  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    stopAt(button);
    act(area, button.dataset.do);
  });
  area.addEventListener("keydown", (event) => {
    const keys = { b: "bold", i: "italic", k: "link" };
    // With Caps Lock on the key is a capital letter.
    const what = keys[event.key.toLowerCase()];
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !what) return;
    event.preventDefault();
    act(area, what);
  });
}

document.querySelectorAll(".editor-tools").forEach(start);

// Whoever asked for a preview goes on there.
document.getElementById("preview")?.focus();
