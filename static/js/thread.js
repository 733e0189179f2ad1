// A thread that is open in the browser: posts that are written, edited or removed elsewhere arrive here. Nothing takes
// the focus, nothing moves while somebody writes, and it can be paused. Without this module the page is complete too.
import { join } from "./live.js";

const ANNOUNCE_MS = 5_000;
const RETRY_MS = 3_000;
const AT_END_PIXELS = 80;
const ARRIVED_MS = 300;

const box = document.getElementById("posts");
const reply = document.getElementById("reply");
const line = document.getElementById("live-new");
const thread = box.dataset.thread;
const isLastPage = box.dataset.open === "1";
const pageSize = Number(box.dataset.pageSize);
const firstNumber = Number(box.dataset.first);

let seq = Number(box.dataset.seq);
let lastNumber = Number(box.dataset.last);
let fetching = false;
let wanted = false;
let ended = false;

/** New posts that wait to be shown, by their number. */
const waiting = new Map();
/** Changed posts that somebody is just using: put in place when they are not any more. */
const deferred = new Map();

const plural = (count, one, many) => (count === 1 ? one : `${count} ${many}`);

/* What screen readers hear: politely, and at most every few seconds. */
const announcer = document.getElementById("announce");
const unsaid = { added: 0, changed: 0 };
let announceTimer = 0;
let lastAnnounced = -ANNOUNCE_MS;

function announce(kind, count) {
  unsaid[kind] += count;
  if (announceTimer) return;
  announceTimer = setTimeout(() => {
    announceTimer = 0;
    lastAnnounced = performance.now();
    const words = [];
    if (unsaid.added) words.push(plural(unsaid.added, "1 new post", "new posts"));
    if (unsaid.changed) words.push(plural(unsaid.changed, "1 post changed", "posts changed"));
    unsaid.added = unsaid.changed = 0;
    announcer.textContent = words.join(", ");
  }, Math.max(100, lastAnnounced + ANNOUNCE_MS - performance.now()));
}

/* Putting posts on the page. */
function inUse(element) {
  const selection = getSelection();
  // Who was led to a post is at it, not in it.
  const inside = document.activeElement !== element && element.contains(document.activeElement);
  return inside || (!selection.isCollapsed && selection.containsNode(element, true));
}

function goTo(article) {
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
}

function replace(article) {
  const old = document.getElementById(article.id);
  if (!old) return;
  if (inUse(old)) {
    deferred.set(article.id, article);
    return;
  }
  deferred.delete(article.id);
  const isAt = document.activeElement === old;
  old.replaceWith(article);
  if (isAt) goTo(article);
}

function replaceDeferred() {
  for (const article of [...deferred.values()]) replace(article);
}

function append(number, article) {
  document.getElementById("newest")?.remove();
  const mark = document.createElement("div");
  mark.id = "newest";
  box.append(mark, article);
  lastNumber = number;
}

/** The reader has the end of the posts before them and is not writing: there new posts may simply appear. */
function isAtEnd() {
  const bottom = box.getBoundingClientRect().bottom;
  return bottom <= innerHeight + AT_END_PIXELS && bottom > 0 && !reply.contains(document.activeElement) && !reply.matches(":hover");
}

const fits = (number) => isLastPage && number < firstNumber + pageSize;

function showLine() {
  line.hidden = waiting.size === 0;
  line.querySelector("button").textContent = `${plural(waiting.size, "1 new post", "new posts")}, show`;
}

function showWaiting() {
  const arrived = [...waiting].sort(([one], [other]) => one - other);
  const [[number, first]] = arrived;
  if (!fits(number)) {
    location.assign(`/posts/${first.dataset.post}`);
    return;
  }
  document.getElementById("new")?.remove();
  const rule = document.createElement("p");
  rule.className = "newrule";
  rule.id = "new";
  rule.append(Object.assign(document.createElement("span"), { textContent: plural(arrived.length, "1 new post", "new posts") }));
  box.append(rule);
  for (const [place, article] of arrived) {
    if (!fits(place)) break;
    append(place, article);
    waiting.delete(place);
  }
  showLine();
  // The button was pressed and is gone: the reader goes on at the first new post.
  goTo(first);
  rule.scrollIntoView({ block: "start" });
}

function receive(number, article) {
  if (number <= lastNumber) {
    if (number < firstNumber) return 0;
    const words = (each) => each?.querySelector(".prose")?.innerHTML;
    const before = words(document.getElementById(article.id));
    replace(article);
    // A reaction is seen and not spoken of.
    if (before !== words(article)) announce("changed", 1);
    return 0;
  }
  const known = waiting.has(number);
  // On a later page, what is gone is no news to anybody here.
  if (!known && !isLastPage && article.matches(".gone")) return 0;
  waiting.set(number, article);
  return known ? 0 : 1;
}

function receiveAll(fragment) {
  let added = 0;
  for (const holder of fragment.querySelectorAll("[data-number]")) {
    added += receive(Number(holder.dataset.number), holder.firstElementChild);
  }
  seq = Number(fragment.dataset.head);
  const count = document.getElementById("post-count");
  if (count) count.textContent = plural(Number(fragment.dataset.posts), "1 post", "posts");
  const people = document.getElementById("people-count");
  if (people) people.textContent = plural(Number(fragment.dataset.people), "1 person", "people");
  if (added) announce("added", added);
  receiveTop(fragment.querySelector("[data-top]"));
}

/** The outcome, the lock and the summary, where one of them changed and nobody is using it. */
function receiveTop(fresh) {
  const top = document.getElementById("thread-top");
  if (!top || !fresh || top.innerHTML.trim() === fresh.innerHTML.trim() || inUse(top)) return;
  top.replaceChildren(...fresh.childNodes);
  announcer.textContent = "What stands on top of the thread has changed";
}

function settle() {
  const first = Math.min(...waiting.keys());
  if (waiting.size && fits(first) && isAtEnd()) {
    for (const [number, article] of [...waiting].sort(([one], [other]) => one - other)) {
      if (!fits(number)) break;
      append(number, article);
      waiting.delete(number);
    }
  }
  showLine();
}

async function fetchOnce() {
  const answer = await fetch(`/threads/${thread}/posts?since=${seq}`, { credentials: "same-origin" });
  if (answer.status === 404) {
    ended = true;
    leave?.();
    show("You can no longer read this thread.", false);
    return false;
  }
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fragment = parsed.querySelector("[data-head]");
  if (!fragment) throw new Error("the answer was not posts");
  receiveAll(document.adoptNode(fragment));
  return fragment.dataset.more === "1";
}

async function fetchNews() {
  wanted = true;
  if (fetching || ended) return;
  fetching = true;
  try {
    while (wanted) {
      wanted = false;
      while (await fetchOnce());
      settle();
    }
  } catch {
    setTimeout(fetchNews, RETRY_MS * (0.5 + Math.random()));
  } finally {
    fetching = false;
  }
}

/* What the reader sees of the connection, and the way to pause it. */
const bar = document.getElementById("livestate");
const status = document.createElement("span");
const button = Object.assign(document.createElement("button"), { type: "button", className: "linklike" });
bar.append(status, button);
bar.hidden = false;

const WORDS = {
  connecting: "Connecting, so that new posts appear here",
  live: "New posts appear here as they arrive",
  paused: "Paused while you look elsewhere",
  waiting: "No connection. Trying again",
  ended: "New posts no longer appear. Reload the page to go on",
  outdated: "This page is out of date. Reload it to go on",
};

let leave = null;
let paused = false;

function show(words, canPause = true) {
  status.className = words === WORDS.live ? "status" : "status busy";
  status.textContent = words;
  button.hidden = !canPause;
  button.textContent = paused ? "Show new posts again" : "Pause";
}

function listen() {
  leave = join(box.dataset.liveTopic, {
    seq,
    onNews: fetchNews,
    onState: (state) => { if (!paused && !ended) show(WORDS[state] ?? WORDS.waiting, state !== "ended" && state !== "outdated"); },
  });
}

button.addEventListener("click", () => {
  paused = !paused;
  if (paused) {
    leave?.();
    leave = null;
    show("Paused. New posts do not appear");
  } else {
    show(WORDS.connecting);
    listen();
  }
});

line.querySelector("button").addEventListener("click", showWaiting);
addEventListener("focusout", () => setTimeout(replaceDeferred, 0));
document.addEventListener("selectionchange", () => { if (deferred.size && getSelection().isCollapsed) replaceDeferred(); });
// Posts that waited for the reader to come to the end appear when they do, unless they are writing.
addEventListener("scrollend", () => { if (waiting.size) settle(); });

show(WORDS.connecting);
listen();

/* Where an address leads: to a post, where the reader goes on, and hears what was just done there. */
function arrive() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target || !target.matches(".post")) return;
  goTo(target);
}

const notice = box.querySelector(".notice");
// A live region speaks of what changes in it after it was there: not of what a page begins with.
if (notice) setTimeout(() => { announcer.textContent = notice.textContent; }, ARRIVED_MS);
arrive();
addEventListener("hashchange", arrive);

/* Quoting into the reply box, at the cursor, without leaving the page and losing what is typed. */
const area = reply.querySelector("textarea");
const quoted = reply.querySelector("input[name=quote]");
const SPECIAL = /[\\`*_[\]]/g;
const AT_START = /^(#{1,6} |[-+>] |\d+(?=\. ))/;

// Not every browser takes the focus where a link leads.
document.querySelector(".thread-head a.btn")?.addEventListener("click", () => area?.focus());

function insert(text) {
  const before = area.value.slice(0, area.selectionStart).replace(/\s+$/, "");
  const after = area.value.slice(area.selectionEnd).replace(/^\s+/, "");
  const words = `${before ? "\n\n" : ""}${text}`;
  area.focus();
  area.setSelectionRange(before.length, area.value.length - after.length);
  // The old command is the only way that keeps undo; where a browser has dropped it, the text still changes.
  if (!document.execCommand("insertText", false, words)) {
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  showCaret(!after);
}

/** The words to answer are above the caret: a long quotation must not hide where to write. */
function showCaret(atEnd) {
  if (atEnd) area.scrollTop = area.scrollHeight;
  area.scrollIntoView({ block: "nearest" });
}

/** What is selected within the text of one post, or nothing. */
function selectedIn(post) {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return "";
  const prose = post.querySelector(".prose");
  return prose?.contains(selection.getRangeAt(0).commonAncestorContainer) ? selection.toString().trim() : "";
}

/** The quotation of a whole post with only the selected words in it. They are words, not marks. */
function only(words, whole) {
  const [by, gap] = whole.split("\n");
  const lines = words.split("\n").map((words) => `> ${words.replace(SPECIAL, "\\$&").replace(AT_START, "\\$&")}`.trimEnd());
  return `${[by, gap, ...lines].join("\n")}\n\n`;
}

// Pressing the pointer on a link may take the selection away before the click.
let pressed = "";
box.addEventListener("pointerdown", (event) => {
  const post = event.target.closest("a[data-quote]")?.closest(".post");
  pressed = post ? selectedIn(post) : "";
});

// Without this module the quotation came with the page.
if (area?.value && quoted.value && document.activeElement === area) {
  area.setSelectionRange(area.value.length, area.value.length);
  showCaret(true);
}

box.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-quote]");
  if (!link || !area || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const words = selectedIn(link.closest(".post")) || pressed;
  pressed = "";
  try {
    const answer = await fetch(`/posts/${link.dataset.quote}/quote`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const whole = await answer.text();
    insert(words ? only(words, whole) : whole);
    quoted.value = link.dataset.quote;
  } catch {
    location.assign(link.href);
  }
});
