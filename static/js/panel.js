// The call that is open beside the floor: it is in the address (`?call=12`), so links, reload and Back work.
import { announce } from "./notices.js";

const panel = () => document.getElementById("panel");
// The address is anybody's words: what is no number of a call could name another page, to be shown as part of this one.
const inAddress = () => new URLSearchParams(location.search).get("call")?.match(/^\d+$/)?.[0] ?? null;
const isSheet = () => matchMedia("(width < 900px)").matches;

function markOpen() {
  const call = inAddress();
  for (const row of document.querySelectorAll("#floor tr[data-call]")) {
    if (row.dataset.call === call) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function open(call) {
  const url = panel().dataset.url.replace("/0/", `/${call}/`);
  return htmx.ajax("GET", url, { source: panel(), target: panel(), swap: "innerHTML" });
}

async function close({ push }) {
  const call = panel().firstElementChild?.dataset.panel;
  if (!call) return;
  const address = push ? { push: location.pathname } : {};
  await htmx.swap({ sourceElement: panel(), target: panel(), swap: "innerHTML", text: "", ...address });
  markOpen();
  document.getElementById(`open-${call}`)?.focus();
  announce("Call closed");
}

/** Close the open call, if there is one; false when there is none. */
export function closePanel() {
  if (!panel()?.firstElementChild) return false;
  close({ push: true });
  return true;
}

export function watchPanel() {
  // A click anywhere in a row is a click on its link.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-call]");
    if (!row || event.target.closest("a, button, input, summary") || getSelection().toString()) return;
    row.querySelector("a").click();
  });
  if (!panel()) return;
  markOpen();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close-panel]")) return;
    event.preventDefault();
    closePanel();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target !== panel() || !panel().firstElementChild) return;
    markOpen();
    const opened = panel().firstElementChild;
    announce(`${opened.getAttribute("aria-label")} opened`);
    if (isSheet()) opened.focus();
  });
  document.addEventListener("htmx:after:settle", ({ target }) => {
    if (target.closest("#floor")) markOpen();
  });
  // Back and forward between open calls need no new page.
  document.addEventListener("htmx:before:history:restore", (event) => {
    event.preventDefault();
    if (inAddress()) open(inAddress());
    else close({ push: false });
  });
}
