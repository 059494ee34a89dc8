// The theme: set before anything is drawn, so that no page flashes in the wrong colours.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => {
    const choice = kept() || root.dataset.themeChoice || "auto";
    const theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.theme = root.dataset.bsTheme = theme;
  };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    try { localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark"); } catch { return; }
    apply();
  });
})();
