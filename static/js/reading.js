// A draft whose document is still being read: asks a few times and puts in place what was found. Nothing takes the
// focus, and nothing that somebody is using is replaced. Without this module the link "Look again" does the same.
import { Button, createAll } from "../vendor/govuk-frontend/govuk-frontend.min.js";

const WAITS = [1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 13_000, 20_000];

const announcer = document.getElementById("announce");

function inUse(element) {
  const selection = getSelection();
  return element.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(element, true));
}

function show(text) {
  const draft = document.getElementById("draft");
  const found = new DOMParser().parseFromString(text, "text/html").getElementById("draft");
  const hidden = Number(found.dataset.findings);
  announcer.textContent = hidden
    ? `We have read the document. Hidden in it: ${hidden === 1 ? "1 thing" : `${hidden} things`}.`
    : "We have read the document.";
  if (inUse(draft)) {
    document.getElementById("reading").textContent = "It is done. Look again to see what we found.";
  } else {
    draft.replaceWith(found);
    createAll(Button, undefined, found);
  }
}

async function ask() {
  const { reading } = document.getElementById("draft").dataset;
  for (const wait of WAITS) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await fetch(reading, { credentials: "same-origin" });
    if (answer.status === 200) return show(await answer.text());
    if (answer.status !== 204) break;
  }
  document.getElementById("reading").textContent = announcer.textContent = "This takes longer than usual.";
}

// Away from the network, or gone: the link on the page stays.
ask().catch(() => {});
