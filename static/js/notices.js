// Words to the person: short notices, one status region for screen readers, and the question before what cannot be undone.

const NOTICE_MS = 8000;

/** Say something to screen readers only. */
export function announce(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

/** Show a notice and announce it; errors stay until they are closed. */
export function notify(text, level = "info") {
  const notices = document.getElementById("notices");
  if (!notices) return;
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.dataset.level = level;
  notice.append(text);
  notices.append(notice);
  announce(text);
  letGo(notice);
}

/** A notice can be closed, and leaves by itself unless it tells of an error. */
function letGo(notice) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-xs btn-ghost btn-square";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => notice.remove());
  notice.append(close);
  if (notice.dataset.level !== "error") setTimeout(() => notice.remove(), NOTICE_MS);
}

/** Ask before what cannot be undone. */
function ask(question, yes) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-question").textContent = question;
  document.getElementById("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const PROBLEMS = {
  403: "Your role may not do this.",
  404: "This is not there any more.",
};

export function watchNotices() {
  for (const notice of document.querySelectorAll("#notices .notice")) letGo(notice);
  document.addEventListener("htmx:confirm", (event) => {
    event.preventDefault();
    const { ctx, issueRequest, dropRequest } = event.detail;
    ask(ctx.confirm, ctx.sourceElement.dataset.yes ?? "Go on").then((yes) => (yes ? issueRequest() : dropRequest()));
  });
  // Sent by the server when a button could not do its work.
  document.addEventListener("problem", (event) => notify(event.detail.text, "error"));
  document.addEventListener("htmx:response:error", (event) => {
    const { status } = event.detail.ctx.response;
    notify(PROBLEMS[status] ?? "That did not work: a fault of ours. It is in the logs.", "error");
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request.method === "POST") notify("That did not reach the server. Try again.", "error");
  });
  // A session that has ended answers with the sign-in page, which must not be put into a card.
  document.addEventListener("htmx:before:response", (event) => {
    const { raw } = event.detail.ctx.response;
    if (raw.redirected && new URL(raw.url).pathname.startsWith("/accounts/")) {
      event.preventDefault();
      location.assign(raw.url);
    }
  });
}
