// The rows of the floor. A row that is known is changed in place and keeps focus; a new one enters at its group's end
// with a mark; an ended one stays crossed out for a while. Nothing moves under the pointer.
import { now } from "./clock.js";
import { announce } from "./notices.js";

const LINGER_MS = 30_000; // as long as the server keeps ended calls on the floor
const MARK_MS = 2_000;

let api;

const rowsOf = (root) => [...root.querySelectorAll("tr[data-call]")];
const isOver = (row) => row.dataset.ended && now() - Date.parse(row.dataset.ended) > LINGER_MS;

function place(row) {
  const known = document.getElementById(row.id);
  if (known) {
    api.morph(known, only(row), false);
    return known;
  }
  if (isOver(row)) return null;
  document.getElementById(row.dataset.group).append(row);
  mark(row);
  return row;
}

function mark(row) {
  row.dataset.new = "";
  setTimeout(() => delete row.dataset.new, MARK_MS);
}

/** Rows as they are now, put in by `hx-swap="rows"`; and the whole floor, fetched afresh, by `floor`. */
function swap(style, target, fragment) {
  if (style !== "rows" && style !== "floor") return false;
  const rows = rowsOf(fragment);
  const placed = rows.map(place).filter(Boolean);
  if (style === "floor") {
    const shown = new Set(placed);
    for (const row of rowsOf(target)) row.toggleAttribute("data-gone", !shown.has(row));
    api.morph(document.getElementById("quiet"), only(fragment.getElementById("quiet")), false);
  }
  settle();
  return placed;
}

function only(element) {
  const fragment = document.createDocumentFragment();
  fragment.append(element);
  return fragment;
}

/** Move ended rows to their group and take away what is over, as far as nothing under the pointer moves by it. */
export function settle() {
  const floor = document.getElementById("floor");
  if (!floor) return;
  const pointed = matchMedia("(hover: hover)").matches ? floor.querySelector("tr[data-call]:hover") : null;
  const follows = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  const mayMove = (row) =>
    !row.contains(document.activeElement) &&
    (pointed === null || (follows(pointed, row) && follows(pointed, document.getElementById(row.dataset.group))));
  for (const row of rowsOf(floor)) {
    if (!mayMove(row)) continue;
    if (isOver(row) || row.hasAttribute("data-gone")) row.remove();
    else if (row.dataset.group !== row.parentNode.id) move(row);
  }
}

function move(row) {
  document.getElementById(row.dataset.group).append(row);
  if (row.dataset.group !== "needy") return;
  mark(row);
  announce(`Needs you: ${row.querySelector(".needs p")?.textContent.trim() ?? ""}`);
}

export function registerRows() {
  htmx.registerExtension("rows", {
    init: (internal) => {
      api = internal;
    },
    handle_swap: swap,
  });
}
