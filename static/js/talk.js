// <call-talk>: a transcript that grows. It follows what is being said until somebody scrolls up to read back; then a
// button tells how much is new. Reading new turns aloud is a switch.

const NEAR_PX = 48;

class CallTalk extends HTMLElement {
  connectedCallback() {
    if (this.observer) return; // put back where it was
    this.turns = this.querySelector(".turns");
    this.chip = this.querySelector("[data-to-end]");
    this.news = 0;
    this.isAtEnd = true;
    this.turns.addEventListener("scroll", () => this.#scrolled());
    this.chip.addEventListener("click", () => this.#toEnd());
    this.observer = new MutationObserver((changes) => this.#grown(changes));
    this.observer.observe(this.turns.querySelector("ol"), { childList: true });
    this.announceSwitch = this.closest("section")?.querySelector("[data-announce]");
    this.announceSwitch?.addEventListener("change", () => {
      this.turns.setAttribute("aria-live", this.announceSwitch.checked ? "polite" : "off");
    });
    if (this.hasAttribute("data-live")) this.#toEnd();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.turns;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.isAtEnd) this.#setNews(0);
  }

  #grown(changes) {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === 1).length;
    if (!added) return;
    if (this.isAtEnd) this.turns.scrollTop = this.turns.scrollHeight;
    else this.#setNews(this.news + added);
  }

  #toEnd() {
    this.turns.scrollTop = this.turns.scrollHeight;
    this.#setNews(0);
  }

  #setNews(count) {
    this.news = count;
    this.chip.hidden = count === 0;
    this.chip.querySelector("span").textContent = `${count} new`;
  }
}

customElements.define("call-talk", CallTalk);
