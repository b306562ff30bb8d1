// The keyboard. Single letters can be switched off; Space, arrows, Enter and Escape stay.
import { askTransfer } from "./dialogs.js";
import { closePanel } from "./panel.js";
import { areLettersOn } from "./preferences.js";
import { coach, listen } from "./supervise.js";

const SEQUENCE_MS = 1000;

let waitsForPlace = 0; // `g` was pressed until this time

const player = () => document.querySelector("call-player[data-ready]");
const isWriting = (element) => element.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea");
const isPressable = (element) => element.closest("button, summary, input, select");

function help() {
  document.getElementById("keys-help")?.showModal();
}

function go(place) {
  document.querySelector(`.rail [data-go="${place}"]`)?.click();
}

function search() {
  const box = document.getElementById("id_q");
  if (box) {
    box.focus();
    box.select();
  } else {
    const calls = document.querySelector('.rail [data-go="c"]');
    if (calls) location.assign(`${calls.href}#search`);
  }
}

function step(by) {
  const links = [...document.querySelectorAll("tr[data-call] .row-who a")];
  if (!links.length) return;
  const row = document.activeElement.closest("tr[data-call]") ?? document.querySelector("tr[data-call][aria-current]");
  const at = row ? links.indexOf(row.querySelector(".row-who a")) + by : by > 0 ? 0 : links.length - 1;
  const link = links[Math.min(Math.max(at, 0), links.length - 1)];
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}

const LETTERS = {
  "?": help,
  "/": search,
  j: () => step(1),
  k: () => step(-1),
  t: askTransfer,
  a: () => document.querySelector("[data-accept]")?.click(),
  c: coach,
  l: listen,
  "[": () => player()?.step(-1),
  "]": () => player()?.step(1),
  1: () => player()?.mute("caller"),
  2: () => player()?.mute("assistant"),
};

function letter(event) {
  if (waitsForPlace > event.timeStamp) {
    waitsForPlace = 0;
    go(event.key);
    return true;
  }
  if (event.key === "g") {
    waitsForPlace = event.timeStamp + SEQUENCE_MS;
    return true;
  }
  const act = LETTERS[event.key];
  act?.();
  return Boolean(act);
}

function other(event) {
  const at = event.target;
  if (event.key === "Escape") return closePanel();
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && at.closest("tr[data-call]")) {
    step(event.key === "ArrowDown" ? 1 : -1);
    return true;
  }
  if (!player() || at.closest("select, input")) return false;
  if (event.key === " " && !isPressable(at)) return player().toggle();
  if (event.key === "ArrowLeft") return player().skip(-5);
  if (event.key === "ArrowRight") return player().skip(5);
  return false;
}

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    if (other(event) || (areLettersOn() && letter(event))) event.preventDefault();
  });
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
  });
  if (location.hash === "#search") search();
}
