// Clocks: durations that run from a moment the server named, and moments in the viewer's own time zone.
import { clock, now } from "./clock.js";
import { isHeld } from "./connection.js";
import { settle } from "./rows.js";

const LOCAL = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = (time.dataset.local === "clock" ? CLOCK : LOCAL).format(new Date(time.dateTime));
  }
}

function tick() {
  if (!isHeld()) {
    for (const time of document.querySelectorAll("time[data-since]")) {
      const text = clock(now() - Date.parse(time.dataset.since));
      if (time.textContent !== text) time.textContent = text;
    }
    for (const time of document.querySelectorAll("time[data-until]")) {
      const text = clock(Math.max(Date.parse(time.dataset.until) - now(), 0));
      if (time.textContent !== text) time.textContent = text;
    }
    settle();
  }
  setTimeout(tick, 1000 - (now() % 1000));
}

export function startTimers() {
  localise(document);
  document.addEventListener("htmx:before:settle", ({ target }) => localise(target));
  tick();
}
