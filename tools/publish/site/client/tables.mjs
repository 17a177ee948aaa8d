// SPDX-License-Identifier: MIT

const MANY = 20;

/**
 * Gives a page with many rows in tables a field that shows only the rows with all its words; the
 * heading of a table counts for each of its rows.
 */
export function addFilter() {
  const tables = [...document.querySelectorAll("main .table")];
  const rows = tables.flatMap((table) => [...table.querySelectorAll("tbody tr")]);
  if (rows.length <= MANY) return;
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("span");
  input.type = "search";
  count.setAttribute("role", "status");
  label.className = "filter";
  label.append("Filter rows ", input, " ", count);
  document.querySelector("main h1").after(label);
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text =
        `${headingOf(row.closest(".table"))?.textContent ?? ""} ${row.textContent}`.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    for (const table of tables) hideEmpty(table);
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  };
  input.addEventListener("input", filter);
  filter();
}

/** Hides a table without rows, and the heading directly before it. */
function hideEmpty(table) {
  table.hidden = table.querySelector("tbody tr:not([hidden])") === null;
  const heading = headingOf(table);
  if (heading !== undefined) heading.hidden = table.hidden;
}

/** The heading directly before a table, if there is one. */
function headingOf(table) {
  const before = table.previousElementSibling;
  return before?.matches("h2, h3") ? before : undefined;
}
