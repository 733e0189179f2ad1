// What is typed is kept: on this device at once, on the server a moment later, and the page says truly which of the two.
// A form with data-draft names the address its text is saved at. Another window that saved first is shown, never
// overwritten. Leaving the page asks only while something is saved nowhere but here. Without this module a button saves.

const DEBOUNCE_MS = 1_500;
const LONGEST_MS = 10_000;
const RETRY_MS = 15_000;
const PREFIX = "cop:draft:";
const KEPT_DAYS = 7;

const WORDS = {
  saved: ["Draft saved", "status"],
  saving: ["Saving", "status busy"],
  device: ["Not saved, kept on this device", "status warm"],
  nowhere: ["Not saved", "status rose"],
};

/* This device. It may refuse (private windows, full): then the page says "Not saved" and nothing more. */
const device = {
  put(name, facts) {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify({ ...facts, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  },
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name));
    } catch {
      return null;
    }
  },
  drop(name) {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch { /* There is nothing to take away then. */ }
  },
  forgetOld() {
    try {
      for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
        const facts = this.get(name.slice(PREFIX.length));
        if (!facts || Date.now() - facts.at > KEPT_DAYS * 86_400_000) localStorage.removeItem(name);
      }
    } catch { /* The same. */ }
  },
};

const announcer = document.getElementById("announce");
const clock = () => new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", hour12: true })
  .format(new Date()).replace(" ", "");

class Keeper {
  constructor(form) {
    this.form = form;
    this.address = form.dataset.draft;
    this.body = form.elements.body;
    this.title = form.elements.title ?? null;
    this.state = form.querySelector("[data-draft-state]");
    this.panel = form.querySelector("[data-draft-conflict]");
    this.name = `${form.elements.writer.value}:${this.address}`;
    // A preview, and a page that says what is wrong, show text that may be stored nowhere.
    this.stored = "unsaved" in form.dataset ? null : this.text();
    this.timer = 0;
    this.since = 0;
    this.busy = null;
    this.other = null;
    this.sent = false;
    this.shown = "";
    this.listen();
    this.begin();
  }

  text() {
    return JSON.stringify([this.title?.value ?? "", this.body.value]);
  }

  get empty() {
    return !this.body.value.trim() && !this.title?.value.trim();
  }

  get unsaved() {
    return !this.sent && this.text() !== this.stored && !(this.empty && this.stored === null);
  }

  listen() {
    for (const field of [this.body, this.title]) field?.addEventListener("input", () => this.typed());
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.panel?.addEventListener("click", (event) => this.choose(event.target.closest("[data-choose]")?.dataset.choose));
  }

  /** What this device kept and the server does not have yet comes back into the box. */
  async begin() {
    const kept = device.get(this.name);
    if (kept && kept.text !== this.text()) {
      const fresh = this.stored !== null;
      // On a page that shows what was just typed, that is the newer of the two.
      if (fresh) return this.bringBack(kept);
    } else if (kept) {
      device.drop(this.name);
    }
    if (this.stored === null && !this.empty) this.typed();
    return undefined;
  }

  async bringBack(kept) {
    const form = new FormData(this.form);
    const [title, body] = JSON.parse(kept.text);
    form.set("body", body);
    if (this.title) form.set("title", title);
    form.set("draft", kept.draft);
    form.set("key", kept.key);
    let answer = null;
    try {
      answer = await this.send(form);
    } catch { /* Away from the network: it stays on this device, and in the box. */ }
    if (answer?.facts.why === "posted") return device.drop(this.name);
    const before = this.text();
    this.put(title, body);
    if (answer?.status === 200) return this.saved(answer.facts.draft, kept.text);
    if (answer?.status === 409 && answer.facts.why === "changed") return this.clash(answer.facts);
    if (answer?.status === 410) this.form.elements.draft.value = "";
    this.stored = before === kept.text ? this.stored : null;
    return this.typed();
  }

  put(title, body) {
    if (this.title) this.title.value = title;
    this.body.value = body;
  }

  typed() {
    if (this.other) return this.keepHere();
    if (!this.unsaved) {
      clearTimeout(this.timer);
      this.timer = 0;
      device.drop(this.name);
      return this.say(this.stored && !this.empty && this.form.elements.draft.value ? "saved" : "");
    }
    this.remember();
    this.say("saving");
    this.since ||= Date.now();
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(DEBOUNCE_MS, this.since + LONGEST_MS - Date.now()));
    this.timer = setTimeout(() => this.save(), wait);
    return undefined;
  }

  remember() {
    const { draft, key } = this.form.elements;
    this.onDevice = device.put(this.name, { text: this.text(), draft: draft.value, key: key?.value ?? "" });
    return this.onDevice;
  }

  /** Say where the text is when it is not on the server. */
  keepHere() {
    this.say(this.remember() ? "device" : "nowhere");
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = this.since = 0;
    if (this.busy || this.sent || this.other || !this.unsaved) return;
    const text = this.text();
    this.say("saving");
    this.busy = new AbortController();
    let answer = null;
    try {
      answer = await this.send(new FormData(this.form), this.busy.signal);
    } catch { /* Said below. */ } finally {
      this.busy = null;
    }
    if (this.sent) return;
    this.heard(answer, text);
  }

  heard(answer, text) {
    const posted = answer?.facts.why === "posted";
    if (answer?.status === 200 && !posted) return this.saved(answer.facts.draft, text);
    if (answer?.status === 409 && answer.facts.why === "changed") return this.clash(answer.facts);
    if (posted || answer?.status === 410) {
      // Posted or deleted elsewhere: what is typed from now on is a draft of its own.
      if (posted) this.form.elements.key.value = "";
      this.form.elements.draft.value = "";
      this.keepHere();
      if (this.text() !== text) this.typed();
      return undefined;
    }
    this.keepHere();
    this.timer = setTimeout(() => this.save(), RETRY_MS);
    return undefined;
  }

  saved(revision, text) {
    this.form.elements.draft.value = revision;
    this.stored = text;
    if (this.unsaved) return this.typed();
    device.drop(this.name);
    return this.say(revision ? "saved" : "");
  }

  /** Send the text; where the page's token is too old or the session is new, with a fresh token once more. */
  async send(form, signal) {
    let answer = await this.request(form, signal);
    if (answer.status === 422 || answer.status === 404) {
      const token = await this.freshToken();
      if (token) {
        form.set("csrf_token", token);
        answer = await this.request(form, signal);
      }
    }
    const facts = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    return { status: answer.status, facts };
  }

  request(form, signal) {
    const fields = new URLSearchParams([...form].filter(([, value]) => typeof value === "string"));
    fields.set("writer", this.form.elements.writer.value);
    const headers = { Accept: "application/json" };
    return fetch(this.address, { method: "POST", body: fields, headers, credentials: "same-origin", signal });
  }

  async freshToken() {
    const answer = await fetch("/drafts", { credentials: "same-origin" });
    if (!answer.ok) return "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("[data-token]")?.dataset.token ?? "";
    for (const field of token ? document.querySelectorAll("input[name=csrf_token]") : []) field.value = token;
    return token;
  }

  clash(facts) {
    this.other = facts;
    this.panel.querySelector("[data-other]").textContent = [facts.title, facts.body].filter(Boolean).join("\n\n");
    this.panel.hidden = false;
    this.keepHere();
    announcer.textContent = "This draft was changed in another window. Both texts are on the page.";
  }

  choose(what) {
    if (!what || !this.other) return;
    const { title, body, draft } = this.other;
    if (what === "other") this.put(title, body);
    if (what === "both") this.put(this.title?.value || title, `${this.body.value.trimEnd()}\n\n${body}`);
    this.form.elements.draft.value = draft;
    this.stored = JSON.stringify([this.title ? title : "", body]);
    this.other = null;
    this.panel.hidden = true;
    this.body.focus();
    this.typed();
  }

  submitted(event) {
    const button = event.submitter;
    if (button && "saveDraft" in button.dataset) {
      event.preventDefault();
      // Asked for by hand: said aloud as well.
      this.aloud = true;
      if (this.unsaved) this.save();
      else this.say(this.form.elements.draft.value ? "saved" : "");
      return;
    }
    this.sent = true;
    clearTimeout(this.timer);
    this.busy?.abort();
    // The next page asks whether it arrived.
    if (this.text() !== this.stored) this.remember();
    guard();
  }

  say(kind) {
    const [words, look] = WORDS[kind] ?? ["", ""];
    this.state.className = look;
    this.state.textContent = kind === "saved" ? `${words} at ${clock()}` : words;
    const bad = kind === "device" || kind === "nowhere";
    if ((bad && this.shown !== kind) || (kind === "saved" && (this.aloud || this.shown === "device"))) {
      announcer.textContent = this.state.textContent;
    }
    if (kind !== "saving") {
      this.shown = kind;
      this.aloud = false;
    }
    guard();
  }
}

const keepers = [];
let guarded = false;
const ask = (event) => event.preventDefault();

/** Listening at all keeps a page from being kept for the Back button, so it is only done when there is something to lose. */
function guard() {
  const wanted = keepers.some((keeper) => keeper.unsaved);
  if (wanted === guarded) return;
  guarded = wanted;
  if (wanted) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}

device.forgetOld();
for (const form of document.querySelectorAll("form[data-draft]")) keepers.push(new Keeper(form));
guard();
addEventListener("online", () => keepers.forEach((keeper) => keeper.save()));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keepers.forEach((keeper) => keeper.save());
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const keeper of keepers) {
    keeper.sent = false;
    keeper.typed();
  }
});
