// Completes while somebody writes: "@" offers people who can read the thread, "#" and "[[" documents and threads.
// The focus never leaves the text box; arrow keys move among what is offered, Enter takes it, Escape closes it. Without
// this module a full name after "@" is looked up when the text is sent.
const WAIT_MS = 150;
const PEOPLE = /(?:^|[\s(])(@)([\p{L}\d][\p{L}\d'’. -]{0,40})?$/u;
const THINGS = /(?:^|[\s(])(#|\[\[)([^\s#[\]][^\n#[\]]{1,60})$/u;

const announcer = document.getElementById("announce");
let count = 0;

function lookedFor(area) {
  if (area.selectionStart !== area.selectionEnd) return null;
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const people = PEOPLE.exec(line);
  const found = people ?? THINGS.exec(line);
  if (!found) return null;
  const typed = found[2] ?? "";
  return { what: people ? "people" : "things", typed, start: area.selectionStart - typed.length - found[1].length };
}

function start(editor) {
  const area = editor.querySelector("textarea");
  const { calling } = editor.dataset;
  if (!area) return;
  const list = document.createElement("ul");
  list.id = `offered-${count += 1}`;
  list.className = "offered";
  list.role = "listbox";
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);

  let timer = 0;
  let asked = null;
  let offers = [];
  let at = -1;
  let dismissed = "";

  function close() {
    list.hidden = true;
    list.replaceChildren();
    offers = [];
    at = -1;
    area.removeAttribute("aria-activedescendant");
  }

  function move(to) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = (to + offers.length) % offers.length;
    const option = list.children[at];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", option.id);
  }

  function take(offer) {
    const wanted = lookedFor(area);
    close();
    if (!wanted) return;
    const text = `${offer.insert} `;
    area.focus();
    area.setSelectionRange(wanted.start, area.selectionEnd);
    // The old command is the only way that keeps undo; where a browser has dropped it, the text still changes.
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, wanted.start, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    announcer.textContent = `${offer.name} is in the text.`;
  }

  function show(found, what) {
    close();
    offers = found;
    if (!found.length) return;
    list.setAttribute("aria-label", what === "people" ? "People" : "Documents and threads");
    list.append(...found.map((offer, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.role = "option";
      option.setAttribute("aria-selected", "false");
      const about = Object.assign(document.createElement("span"), { className: "quiet small", textContent: offer.about });
      option.append(Object.assign(document.createElement("b"), { textContent: offer.name }), " ", about);
      // Pressing must not take the focus out of the text box.
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => take(offer));
      return option;
    }));
    list.hidden = false;
    move(0);
    announcer.textContent = `${found.length === 1 ? "1 is" : `${found.length} are`} offered. ${found[0].name}, ${found[0].about}. Enter takes it, arrow keys show others.`;
  }

  async function look() {
    const wanted = lookedFor(area);
    asked?.abort();
    if (!wanted || document.activeElement !== area || dismissed === `${wanted.start}`) return close();
    asked = new AbortController();
    try {
      const query = new URLSearchParams({ q: wanted.typed, what: wanted.what });
      const answer = await fetch(`${calling}?${query}`, { credentials: "same-origin", signal: asked.signal });
      show(answer.ok ? await answer.json() : [], wanted.what);
    } catch {
      close();
    }
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    const wanted = lookedFor(area);
    if (!wanted) {
      dismissed = "";
      close();
      return;
    }
    timer = setTimeout(look, WAIT_MS);
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(offers[at]);
    else if (event.key === "Escape") {
      dismissed = `${lookedFor(area)?.start ?? ""}`;
      close();
    } else return;
    event.preventDefault();
  });
  area.addEventListener("blur", () => { clearTimeout(timer); asked?.abort(); close(); });
}

document.querySelectorAll(".editor[data-calling]").forEach(start);

/* What was discussed already, while a title is typed. Without this module the preview shows it. */
const related = document.getElementById("related");
const title = related && document.querySelector("input[name=title]");
let waiting = 0;
title?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    try {
      const answer = await fetch(`${related.dataset.at}?${new URLSearchParams({ q: title.value })}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const before = related.textContent.trim();
      related.replaceChildren(...found.childNodes);
      const links = related.querySelectorAll("a").length;
      if (links && related.textContent.trim() !== before) {
        announcer.textContent = links === 1 ? "1 discussion or document may say it already." : `${links} discussions or documents may say it already.`;
      }
    } catch {
      // It is only a hint.
    }
  }, 600);
});
