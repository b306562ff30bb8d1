// What a person chooses for this browser: the theme, and whether single letters are shortcuts.

function remember(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // Storage is forbidden here: the choice holds for this page.
  }
}

function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

let lettersAreOn = recall("letters") !== "off";

/** True unless the person has switched single-letter shortcuts off (WCAG 2.1.4). */
export const areLettersOn = () => lettersAreOn;

export function watchPreferences() {
  const theme = document.documentElement.dataset.theme ?? "";
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    choice.checked = choice.value === theme;
    choice.addEventListener("change", () => {
      remember("theme", choice.value);
      if (choice.value) document.documentElement.dataset.theme = choice.value;
      else delete document.documentElement.dataset.theme;
      document.dispatchEvent(new Event("themechange"));
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new Event("themechange"));
  });
  const letters = document.getElementById("keys-on");
  if (!letters) return;
  letters.checked = lettersAreOn;
  letters.addEventListener("change", () => {
    lettersAreOn = letters.checked;
    remember("letters", lettersAreOn ? null : "off");
  });
}
