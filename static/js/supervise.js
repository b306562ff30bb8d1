// What supervisors do at an open call: tell the assistant something, and see who else is there.

const isMe = (person) => person.dataset.person === document.body.dataset.me;

function nameMe(root) {
  for (const person of root.querySelectorAll("[data-person]")) {
    if (isMe(person)) person.textContent = "You";
  }
}

/** Put the cursor into the box whose words the assistant is told; false when there is none. */
export function coach() {
  const box = document.querySelector("[data-coach]");
  if (!box?.checkVisibility()) return false;
  box.focus();
  return true;
}

/** Begin or stop to listen to the open call; false when there is none. */
export function listen() {
  const call = document.querySelector("call-listen");
  if (!call?.checkVisibility()) return false;
  call.toggle();
  return true;
}

export function watchSupervision() {
  nameMe(document);
  document.addEventListener("htmx:before:settle", ({ target }) => nameMe(target));
  // Sent by the server when the words are on their way: the box is free for the next.
  document.addEventListener("coached", ({ target }) => target.closest("form")?.reset());
}
