"use strict";
(() => {
  const root = document.documentElement;
  const press = (group, button) => {
    for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
  };
  // Which language is shown: the style hides the other one.
  const show = (button) => {
    const tag = button.dataset.show;
    root.dataset.show = tag;
    root.lang = tag;
    document.title = tag === "en" ? root.dataset.titleEn : root.dataset.titleZh;
    press(button.parentNode, button);
  };
  // Which arms are shown within an article: all, or those that are pressed.
  const pick = (button) => {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    const article = button.closest("article");
    const buttons = [...article.querySelectorAll("button[data-pick]")];
    const shown = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.pick);
    for (const part of article.querySelectorAll("[data-arm]")) part.hidden = !shown.includes(part.dataset.arm);
  };
  // Which view of a chart is shown, such as a year.
  const view = (button) => {
    const chart = button.closest(".chart");
    for (const part of chart.querySelectorAll("[data-of-view]")) part.hidden = part.dataset.ofView !== button.dataset.view;
    press(button.parentNode, button);
  };
  // A number as cells have it, thousands apart and with a sign; not a number for words.
  const value = (text) => (/\d/.test(text) ? parseFloat(text.replace(/[,\s]/g, "").replace("\u2212", "-")) : NaN);
  const sort = (button) => {
    const head = button.closest("th");
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const place = head.cellIndex;
    const cell = (row) => row.cells[place].innerText.trim();
    const rows = [...body.rows].map((row, at) => ({ row, at, text: cell(row), number: value(cell(row)) }));
    const numbers = head.classList.contains("n");
    rows.sort((a, b) => {
      const blank = Number(numbers ? isNaN(a.number) : !a.text) - Number(numbers ? isNaN(b.number) : !b.text);
      if (blank) return blank;
      const order = numbers ? a.number - b.number : a.text.localeCompare(b.text, root.lang);
      return (up ? order : -order) || a.at - b.at;
    });
    body.append(...rows.map((entry) => entry.row));
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.show) show(button);
    else if (button.dataset.pick) pick(button);
    else if (button.dataset.view) view(button);
    else if ("sort" in button.dataset) sort(button);
  });
})();
