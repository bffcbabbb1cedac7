// Redraw each chart to the width it has. What cannot be redrawn stays as it was printed into the page.
(() => {
  "use strict";
  const tip = document.body.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.hidden = true;
  const tooltip = (_handler, event, _item, value) => {
    tip.hidden = value == null || value === "";
    if (tip.hidden) return;
    tip.textContent = "";
    const rows = typeof value === "object" ? Object.entries(value) : [["", value]];
    for (const [name, text] of rows) {
      const row = tip.appendChild(document.createElement("div"));
      if (name) row.appendChild(document.createElement("span")).textContent = name;
      row.appendChild(document.createElement("b")).textContent = text;
    }
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = event.clientY + 16 + "px";
  };
  const redraw = (chart) => {
    const data = chart.querySelector(":scope > script");
    if (!data || chart.dataset.drawn || chart.clientWidth < 40) return;
    chart.dataset.drawn = "yes";
    const live = chart.appendChild(document.createElement("div"));
    live.className = "live";
    const view = new vega.View(vega.parse(JSON.parse(data.textContent)), { renderer: "svg", hover: false, logLevel: 0 });
    view.tooltip(tooltip);
    view.initialize(live).runAsync().then(
      () => chart.classList.add("redrawn"),
      () => live.remove(),
    );
  };
  const all = (root) => root.querySelectorAll(".chart").forEach((chart) => {
    try { redraw(chart); } catch { chart.querySelector(".live")?.remove(); }
  });
  all(document);
  document.addEventListener("toggle", (event) => event.target.open && all(event.target), true);
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  // On paper nothing opens on request, so what is folded is printed open; texts of people stay folded.
  const folds = () => document.querySelectorAll("details.fold");
  addEventListener("beforeprint", () => folds().forEach((fold) => { if (!fold.open) { fold.open = true; fold.dataset.forced = "yes"; } }));
  addEventListener("afterprint", () => folds().forEach((fold) => { if (fold.dataset.forced) { fold.open = false; delete fold.dataset.forced; } }));
})();
