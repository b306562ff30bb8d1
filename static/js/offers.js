// An offer must be noticed at a desk that nobody looks at: a notification of the system, and a title that changes.
import { notify } from "./notices.js";

const FLASH_MS = 1000;
const TITLE = document.title;

let shown = ""; // the offer that was told of
let notification;
let flashing = 0;

const desk = () => document.getElementById("desk");
const offer = () => desk()?.querySelector("[data-offer]:has([data-accept])");

/** Asked only when somebody says that they are free: a question out of nowhere is refused for good. */
function askOnce() {
  if (globalThis.Notification?.permission !== "default") return;
  Notification.requestPermission().then((answer) => {
    if (answer === "denied") notify("Calls offered while this page is hidden will only change its title.");
  });
}

function tell(card) {
  const what = card.querySelector("h2").textContent.trim();
  flash(what);
  if (!document.hidden || globalThis.Notification?.permission !== "granted") return;
  // Not who calls: it is read by whoever stands at the screen.
  notification = new Notification(what, { body: "Accept or decline at your desk.", tag: "offer", requireInteraction: true });
  notification.onclick = () => {
    window.focus();
    notification?.close();
  };
}

function flash(what) {
  clearInterval(flashing);
  let isOn = false;
  const turn = () => {
    isOn = !isOn || !document.hidden; // it flashes where nobody looks, and stands still before the eyes
    document.title = isOn ? `☎ ${what}` : TITLE;
  };
  turn();
  flashing = setInterval(turn, FLASH_MS);
}

function over() {
  clearInterval(flashing);
  notification?.close();
  notification = undefined;
  document.title = TITLE;
}

function look() {
  const card = offer();
  const ref = card?.dataset.offer ?? "";
  if (ref === shown) return;
  shown = ref;
  if (card) tell(card);
  else over();
}

export function watchOffers() {
  if (!desk()) return;
  document.addEventListener("click", ({ target }) => target.closest("#be-free") && askOnce());
  new MutationObserver(look).observe(desk(), { childList: true, subtree: true });
  look();
}
