// Files are uploaded as soon as they are chosen, and the part of the form that shows them is put anew: the same that the
// buttons do without this module. The text is not touched, and nothing is posted.

const announcer = document.getElementById("announce");

function say(part, words) {
  const state = part.querySelector("[data-attach-state]");
  if (state) state.textContent = words;
}

/** Where the reader goes on: the first thing that is wrong or missing, else the input. */
function goOn(part) {
  const areas = [...part.querySelectorAll("textarea")];
  const next = part.querySelector(".govuk-textarea--error") ?? areas.find((area) => !area.value.trim())
    ?? part.querySelector("input[type=file]") ?? part;
  next.focus();
}

async function send(part, button) {
  const form = part.closest("form");
  const data = new FormData(form);
  data.set("preview", button.value);
  const upload = "upload" in button.dataset;
  say(part, upload ? "Uploading" : "Taking it out");
  part.setAttribute("aria-busy", "true");
  let fresh = null;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A page that says why nothing was done at all, such as one that was open for too long, is left to the button.
    fresh = page.querySelector("[data-attach]");
  } catch { /* Said below. */ }
  part.removeAttribute("aria-busy");
  if (!fresh) {
    say(part, "That did not work. Check your connection and press the button again.");
    part.dataset.plain = "1";
    return;
  }
  part.replaceWith(document.adoptNode(fresh));
  listen(fresh);
  goOn(fresh);
  const errors = [...fresh.querySelectorAll(".govuk-error-message")].map((error) => error.textContent.trim());
  announcer.textContent = errors.join(". ") || (upload ? "Uploaded" : "Taken out");
}

function listen(part) {
  part.addEventListener("change", (event) => {
    const button = part.querySelector("[data-upload]");
    if (event.target.type === "file" && event.target.files.length && button) send(part, button);
  });
  part.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=preview]");
    // Where this module failed the browser does it.
    if (!button || part.dataset.plain) return;
    event.preventDefault();
    if (!part.hasAttribute("aria-busy")) send(part, button);
  });
}

document.querySelectorAll("[data-attach]").forEach(listen);
if (location.hash === "#attach") document.querySelectorAll("[data-attach]").forEach(goOn);
