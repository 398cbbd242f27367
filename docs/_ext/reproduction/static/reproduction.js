/* Filters of the ledger's rows. Without this script, all rows are there and nothing is missing. */
"use strict";

(() => {
  const tables = [...document.querySelectorAll("table.claims")];
  if (!tables.length) return;

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const title = (section) => {
    const heading = section.querySelector("h2, h3").cloneNode(true);
    heading.querySelectorAll("a.headerlink").forEach((link) => link.remove());
    return heading.textContent;
  };

  const rows = tables.flatMap((table) => {
    const section = table.closest("section");
    return [...table.tBodies[0].rows].map((row) => ({
      row,
      section,
      document: title(section),
      status: row.querySelector(".claim-status").textContent,
      text: `${row.id} ${row.textContent}`.toLowerCase(),
    }));
  });

  const labelled = (text, control) => element("label", {}, element("span", { textContent: text }), control);

  const choice = (name, all, values) => {
    const option = (textContent, value) => element("option", { textContent, value });
    const options = [...new Set(values)].map((value) => option(value, value));
    const select = element("select", { name }, option(all, ""), ...options);
    select.autocomplete = "off"; // else a reader who comes back finds rows missing
    return select;
  };

  const byDocument = choice("document", "All documents", rows.map((row) => row.document));
  const byStatus = choice("status", "Any status", rows.map((row) => row.status));
  const byText = element("input", { type: "search", name: "text", autocomplete: "off" });
  const reset = element("button", { type: "reset", textContent: "Show all" });
  const count = element("p", { className: "claims-count" });
  count.setAttribute("role", "status");

  const form = element(
    "form",
    { className: "claims-filters" },
    labelled("Document", byDocument),
    labelled("Status", byStatus),
    labelled("Text", byText),
    reset,
    count,
  );
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the claims");

  const fits = ({ document: of, status, text }) =>
    (!byDocument.value || of === byDocument.value) &&
    (!byStatus.value || status === byStatus.value) &&
    byText.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));

  const filter = () => {
    for (const row of rows) row.row.hidden = !fits(row);
    const shown = rows.filter(({ row }) => !row.hidden);
    const open = new Set(shown.map(({ section }) => section));
    for (const { section } of rows) section.hidden = !open.has(section);
    count.textContent = `${shown.length} of ${rows.length} claims`;
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter)); // when the fields are empty

  /* A link to a row that is filtered away shows all rows, and lands. */
  addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    form.reset();
    filter();
    target.scrollIntoView();
  });

  tables[0].closest("section").before(form);
  filter();
})();
