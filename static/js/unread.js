// Tells the server which posts a reader has seen that came while the page was open: those that were really before
// their eyes. What came with the page the server knows already. Without this module nothing can come.
const WAIT_MS = 800;

const box = document.getElementById("posts");
const { thread, turns } = box.dataset;
const shownFirst = Number(box.dataset.last) + 1;

let seenTo = shownFirst - 1;
let toldTo = seenTo;
let timer = 0;

const numberOf = (article) => Number(article.dataset.place);

async function tell() {
  timer = 0;
  const to = seenTo;
  if (to <= toldTo) return;
  const asked = new URLSearchParams({ from: toldTo + 1, to, turns });
  try {
    const answer = await fetch(`/threads/${thread}/seen?${asked}`, { credentials: "same-origin" });
    if (answer.ok) toldTo = to;
  } catch {
    // The next post that is seen tells of this one, too.
  }
}

function see(article) {
  const number = numberOf(article);
  // Nothing is read that stands after something unread.
  if (number !== seenTo + 1) return;
  seenTo = number;
  timer ||= setTimeout(tell, WAIT_MS);
  const next = box.querySelector(`.post[data-place="${number + 1}"]`);
  if (next && inSight.has(next)) see(next);
}

/** Posts before the reader's eyes now. */
const inSight = new Set();

function seeAll() {
  if (document.visibilityState !== "visible") return;
  for (const article of [...inSight].sort((one, other) => numberOf(one) - numberOf(other))) see(article);
}

const eyes = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inSight.add(target);
    else inSight.delete(target);
  }
  seeAll();
});

new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node instanceof HTMLElement && node.matches(".post") && numberOf(node) >= shownFirst) eyes.observe(node);
    }
  }
}).observe(box, { childList: true });

document.addEventListener("visibilitychange", seeAll);
