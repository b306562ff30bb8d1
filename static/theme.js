// Runs before the first paint: the chosen theme, and the mark that scripts run at all.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "day" || chosen === "night") root.dataset.theme = chosen;
  } catch {
    // Storage is forbidden here: the system's theme it is.
  }
})();
