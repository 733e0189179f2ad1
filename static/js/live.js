// Live updates. A page joins a topic and hears that there is news; what the news is, it fetches from the server like
// any other page. The connection is opened with the first topic, survives cuts, and is given back while nobody looks.
//
//   import { join } from "./live.js";
//   const leave = join("thread:7", { seq: 123, onNews: ({ seq }) => …, onState: (state) => … });
//
// `seq` is the newest number the page already shows; `onNews` is called with each higher one, also after a cut.
// States: "connecting", "live", "paused" (nobody looks), "waiting" (no connection, trying again),
// "ended" (signed out, or no longer allowed to read this) and "outdated" (the page is older than the server).

const PROTOCOL = 1;
const ACK_MS = 10_000;
const HIDDEN_MS = 5 * 60_000;
const RETRY_MS = 5_000;
const REFUSED_MS = 30_000;
const LAST_WORDS = new Set(["ended", "outdated"]);

const topics = new Map();
let socket = null;
let loading = null;
let hiddenTimer = 0;
let paused = false;

/** A number of milliseconds around `ms`, so that a thousand pages do not come back in the same moment. */
const around = (ms) => ms * (0.5 + Math.random());

function say(topic, state) {
  if (topic.state === state) return;
  topic.state = state;
  for (const each of topic.listeners) each.onState?.(state);
}

function sayAll(state) {
  for (const topic of topics.values()) if (!LAST_WORDS.has(topic.state)) say(topic, state);
}

function advance(message) {
  const topic = topics.get(message?.topic);
  if (!topic || !Number.isInteger(message.seq)) return;
  for (const each of topic.listeners) {
    if (message.seq > each.seq) {
      each.seq = message.seq;
      each.onNews?.({ ...message });
    }
  }
}

function ask(topic, event, message) {
  if (!socket?.connected) return;
  socket.timeout(ACK_MS).emit(event, { topic: topic.name, ...message }, (late, answer) => {
    if (topics.get(topic.name) !== topic) return;
    if (!late && answer.ok) {
      say(topic, "live");
      advance(answer);
    } else if (late || answer.retryable) {
      // After a cut the next connection asks again by itself.
      setTimeout(() => ask(topic, event, message), around(late ? RETRY_MS : (answer.retry_after ?? 5) * 1000));
    } else {
      say(topic, answer.code === "protocol_unsupported" ? "outdated" : "ended");
    }
  });
}

const enter = (topic) => ask(topic, "join", { protocol: PROTOCOL });

function onControl(message) {
  if (message.kind === "left") {
    const topic = topics.get(message.topic);
    if (topic) say(topic, "ended");
  } else if (message.kind === "revoked") {
    // The cookie may already belong to a newer session; the server decides when we come back.
    socket.disconnect();
    sayAll("waiting");
    setTimeout(resume, around(2_000));
  }
}

async function open() {
  const { io } = await import("../vendor/socket.io-client/socket.io.esm.min.js");
  socket = io({
    transports: ["websocket"],
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 30_000,
    randomizationFactor: 0.5,
    timeout: ACK_MS,
    autoConnect: false,
  });
  socket.on("connect", () => {
    for (const topic of topics.values()) if (topic.state !== "outdated") enter(topic);
  });
  socket.on("connect_error", () => {
    sayAll("waiting");
    // The server answered, but has no place for us now: the library would not try again by itself.
    if (!socket.active) setTimeout(resume, around(REFUSED_MS));
  });
  socket.on("disconnect", () => sayAll(paused ? "paused" : "waiting"));
  socket.on("news", advance);
  socket.on("head", advance);
  socket.on("control", onControl);
}

async function resume() {
  if (paused || topics.size === 0) return;
  try {
    loading ??= open();
    await loading;
  } catch {
    loading = null;
    sayAll("waiting");
    setTimeout(resume, around(REFUSED_MS));
    return;
  }
  if (!paused && topics.size > 0 && !socket.connected) socket.connect();
}

function pause() {
  paused = true;
  socket?.disconnect();
  sayAll("paused");
}

function wake() {
  clearTimeout(hiddenTimer);
  if (paused) {
    paused = false;
    resume();
  } else {
    for (const topic of topics.values()) if (topic.state === "live") ask(topic, "head", {});
  }
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  if (document.visibilityState === "visible") wake();
  else hiddenTimer = setTimeout(pause, HIDDEN_MS);
});
// A page with an open connection is not kept for the Back button. One that is still being opened goes with the page:
// closing it by hand would make the browser warn of it.
addEventListener("pagehide", () => { if (socket?.connected) pause(); });
addEventListener("pageshow", (event) => { if (event.persisted) wake(); });

/** Listen to a topic; returns a function that stops listening. */
export function join(name, { seq = 0, onNews, onState } = {}) {
  let topic = topics.get(name);
  if (!topic) {
    topic = { name, state: "", listeners: new Set() };
    topics.set(name, topic);
  }
  const listener = { seq, onNews, onState };
  topic.listeners.add(listener);
  if (topic.state === "live") {
    onState?.("live");
    ask(topic, "head", {});
  } else {
    say(topic, paused ? "paused" : "connecting");
    if (socket?.connected) enter(topic);
    else resume();
  }
  return () => {
    topic.listeners.delete(listener);
    if (topic.listeners.size > 0 || topics.get(name) !== topic) return;
    topics.delete(name);
    if (topics.size === 0) socket?.disconnect();
    else if (socket?.connected) socket.emit("leave", { topic: name });
  };
}
