// Reacting without leaving the page: the button is sent as its form would be, and the post's row of buttons is put in
// place as the server draws it. Whoever pressed stays on the button. Without this module the page is loaded again.
const box = document.getElementById("posts");
const form = document.getElementById("react");

async function press(button) {
  const post = button.closest(".post");
  const { formAction: address, value } = button;
  const fields = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, on: value });
  const sent = await fetch(address, { method: "POST", body: fields, credentials: "same-origin" });
  if (!sent.ok) throw new Error(`the server answered ${sent.status}`);
  const page = new DOMParser().parseFromString(await sent.text(), "text/html");
  const fresh = page.querySelector(`#${post.id} .reactions`);
  const old = document.querySelector(`#${post.id} .reactions`);
  if (!fresh || !old) throw new Error("the post is not there any more");
  const kind = new URL(address).pathname;
  const held = old.contains(document.activeElement);
  const open = old.querySelector("details")?.open;
  old.replaceWith(document.adoptNode(fresh));
  const row = document.querySelector(`#${post.id} .reactions`);
  const pressed = [...row.querySelectorAll("button")].find((each) => new URL(each.formAction).pathname === kind);
  if (pressed?.closest("details") && open) row.querySelector("details").open = true;
  if (held) (pressed?.checkVisibility() ? pressed : row.querySelector("summary"))?.focus();
}

box.addEventListener("click", async (event) => {
  const button = event.target.closest("button[form=react]");
  if (!button) return;
  event.preventDefault();
  try {
    await press(button);
  } catch {
    location.assign(`/posts/${button.closest(".post").dataset.post}`);
  }
});
