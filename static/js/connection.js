// The page's own connection: what it shows and since when, fetching afresh after a loss, and holding updates back.
//
// A region is an element with `data-region` (where to fetch it), `data-swap` (how to put it in) and a socket that
// pushes changes of its cards. Nothing depends on a push having arrived: after every (re)connection, and whenever the
// server says so, the region is fetched whole.
import { announce, notify } from "./notices.js";

const ATTEMPTS_BEFORE_ASKING = 3;
const FORBIDDEN = 4403; // the server's close code for a session that has ended

const sockets = new Map(); // region -> connecting | live | lost | refused
const fetching = new Map(); // region -> promise of the fetch under way
const wanted = new Set(); // regions to fetch once more when that is done

let heldSince = null; // when updates were paused
let lostSince = null;
const heldRows = new Set();
let heldOthers = 0;

/** True while updates are paused: the clocks stand still too. */
export const isHeld = () => heldSince !== null;

/** Fetch a region whole. Pushes that arrive meanwhile wait for it, so the older picture never wins. */
export function refresh(region) {
  if (isHeld() || !region.isConnected) return;
  if (fetching.has(region)) {
    wanted.add(region);
    return;
  }
  const done = htmx
    .ajax("GET", region.dataset.region, { source: region, target: region, swap: region.dataset.swap })
    .finally(() => {
      fetching.delete(region);
      if (wanted.delete(region)) refresh(region);
    });
  fetching.set(region, done);
}

function pause() {
  heldSince = new Date();
  show();
}

function resume() {
  heldSince = null;
  heldRows.clear();
  heldOthers = 0;
  for (const region of sockets.keys()) refresh(region);
  show();
}

function hold(text) {
  const rows = text.match(/id=\\"call-\d+\\"/g) ?? [];
  for (const row of rows) heldRows.add(row);
  if (!rows.length) heldOthers = 1; // words of an open transcript: one change, however many
  show();
}

function clock(at) {
  return at.toLocaleTimeString([], { hourCycle: "h23" });
}

function words() {
  const states = [...sockets.values()];
  if (isHeld()) {
    const changes = heldRows.size + heldOthers;
    return ["held", `Showing ${clock(heldSince)}${changes ? ` · ${changes} change${changes === 1 ? "" : "s"}` : ""}`];
  }
  if (states.includes("refused")) return ["lost", "Signed out"];
  if (states.includes("lost")) return ["lost", `Reconnecting… showing ${clock(lostSince)}`];
  if (!states.includes("live")) return ["connecting", "Connecting…"];
  return ["live", "Live"];
}

function show() {
  const shown = document.getElementById("connection");
  if (!shown) return;
  shown.hidden = sockets.size === 0;
  const [state, text] = words();
  if (shown.dataset.state !== state && shown.dataset.state !== "connecting") announce(text);
  shown.dataset.state = state;
  shown.lastElementChild.textContent = text;
  document.body.toggleAttribute("data-stale", state === "lost");
  const button = document.getElementById("pause-updates");
  if (button) {
    button.setAttribute("aria-pressed", String(isHeld()));
    button.querySelector("span").textContent = isHeld() ? "Show updates" : "Pause updates";
  }
}

function set(region, state) {
  const isLost = state === "lost" || state === "refused";
  if (isLost) lostSince ??= new Date();
  if (state === null) sockets.delete(region);
  else sockets.set(region, state);
  region.dataset.connection = state ?? "closed";
  if (![...sockets.values()].some((one) => one === "lost" || one === "refused")) lostSince = null;
  show();
}

/** A socket that is refused again and again may mean that the session has ended: ask. */
async function checkSession(region) {
  try {
    const answer = await fetch(region.dataset.region, { headers: { "HX-Request": "true" }, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && answer.status !== 403) return;
  } catch {
    return; // no network: the socket keeps trying
  }
  set(region, "refused");
  notify("You are signed out. Reload the page to sign in again.", "error");
}

export function watchConnections() {
  document.addEventListener("htmx:ws:before:connection", ({ target, detail }) => {
    if (!target.dataset?.region) return;
    if (!sockets.has(target)) set(target, "connecting");
    if (detail.connection.attempt >= ATTEMPTS_BEFORE_ASKING) checkSession(target);
  });
  document.addEventListener("htmx:ws:after:connection", ({ target }) => {
    set(target, "live");
    refresh(target);
  });
  document.addEventListener("htmx:ws:close", ({ target, detail }) => {
    if (detail.reason === "removed") set(target, null);
    else if (detail.code === FORBIDDEN) checkSession(target);
    else set(target, "lost");
  });
  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    const region = event.target;
    const { message } = event.detail;
    if (message.data.startsWith('{"resync"')) {
      event.preventDefault();
      refresh(region);
    } else if (isHeld()) {
      event.preventDefault();
      hold(message.data);
    } else if (fetching.has(region)) {
      event.detail.waitUntil(fetching.get(region));
    }
  });
  // What was on its way when updates were paused comes too late.
  document.addEventListener("htmx:before:swap", (event) => {
    if (isHeld() && sockets.has(event.detail.ctx.sourceElement)) event.preventDefault();
  });
  // A call that has just ended has facts and a recording that are not pushed with its head.
  document.addEventListener("htmx:ws:after:message:incoming", ({ target }) => {
    if (!target.dataset?.callPage) return;
    const now = target.querySelector("[data-live]")?.dataset.live;
    if (target.dataset.wasLive === "yes" && now === "no") refresh(target);
    target.dataset.wasLive = now;
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("#pause-updates")) (isHeld() ? resume : pause)();
  });
  // Sockets were closed for good when the page left; coming back from the browser's memory needs a new page.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
