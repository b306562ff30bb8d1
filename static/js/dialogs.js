// Questions that need more than a yes: fetched into the one dialog, sent from there. Without scripts the link leads to a page.
import { notify } from "./notices.js";

const dialog = () => document.getElementById("asked");

async function open(url) {
  await htmx.ajax("GET", url, { target: "#asked-box", swap: "innerHTML" });
  if (document.getElementById("asked-box").firstElementChild) dialog().showModal();
  else notify("That could not be opened. Try again.", "error");
}

/** Open the transfer dialog of the call that is shown; false when there is none. */
export function askTransfer() {
  const link = document.querySelector("[data-dialog].may-transfer");
  if (!link) return false;
  open(link.dataset.dialog);
  return true;
}

export function watchDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-dialog]");
    if (link) {
      event.preventDefault();
      open(link.dataset.dialog);
    } else if (event.target.closest("[data-close-dialog]") && dialog().open) {
      event.preventDefault();
      dialog().close();
    }
  });
  // A form that was taken is done with; what went wrong is told beside the call.
  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.closest?.("#asked") && event.detail.ctx.request.method === "POST") dialog().close();
  });
}
