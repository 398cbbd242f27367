/* Heat maps as the gallery's, in its colours: a table to read on the page, a picture to save. */
"use strict";

const pageHeatMap = (() => {
  const data = JSON.parse(document.getElementById("heat-map-colours").textContent);
  const { element, named } = pageWork;
  const COLOURS = 256;

  /* The colour of a weight from 0 to 1, and what can be read on it. */
  const inked = (scheme, weight) => {
    const place = Math.min(COLOURS - 1, Math.max(0, Math.floor(weight * COLOURS)));
    const { fills, turn, before, after } = data[scheme];
    return { fill: `#${fills.slice(6 * place, 6 * place + 6)}`, ink: place < turn ? before : after };
  };

  /* A word may stand twice: tell repeated labels apart, as microattention/plotting.py does. */
  const distinct = (labels) => {
    const seen = new Map();
    return labels.map((label) => {
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      return labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} (${count})`;
    });
  };

  const written = (weight, columns) => weight.toFixed(columns > 16 ? 2 : 3);

  const fill = (cell, weight, columns) => {
    cell.classList.toggle("masked", weight === null);
    const words = weight === null ? "masked" : written(weight, columns);
    if (weight === null) cell.replaceChildren(element("span", { className: "visually-hidden", textContent: words }));
    else cell.textContent = words;
    for (const scheme of ["light", "dark"]) {
      const { fill, ink } = inked(scheme, weight ?? 0);
      cell.style.setProperty(`--${scheme}`, fill);
      cell.style.setProperty(`--${scheme}-ink`, ink);
    }
  };

  /* A table of weights in a box that scrolls. A weight that is null is masked. */
  class HeatMap {
    constructor(rows, columns, { caption, label, corner = "" }) {
      this.cells = rows.map(() => columns.map(() => element("td")));
      const heading = (scope) => (text) => element("th", { scope, title: text, textContent: text });
      const head = element("tr", {}, element("td", { textContent: corner }), ...columns.map(heading("col")));
      this.rows = rows.map((name, i) => element("tr", {}, heading("row")(name), ...this.cells[i]));
      this.caption = element("caption", {}, caption);
      const table = element("table", { className: "heat-map" }, this.caption, element("thead", {}, head));
      table.append(element("tbody", {}, ...this.rows));
      this.element = named(element("div", { className: "heat-map-scroll" }, table), label);
    }

    fill(weights) {
      weights.forEach((row, i) =>
        row.forEach((weight, j) => fill(this.cells[i][j], weight, row.length)),
      );
    }
  }

  const SVG = "http://www.w3.org/2000/svg";
  const drawn = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const short = (text, longest = 18) =>
    [...text].length > longest ? `${[...text].slice(0, longest - 1).join("")}…` : text;

  /* A picture that says in itself what it is: above, below, and across what it shows. */
  const picture = (rows, columns, weights, { mark, across, about }) => {
    const side = 44;
    const left = 20 + 8 * Math.max(...rows.map((row) => [...short(row)].length));
    const top = 64 + 6 * Math.max(...columns.map((column) => [...short(column)].length));
    const [wide, high] = [side * columns.length, side * rows.length];
    const width = Math.max(left + wide + 90, 8 * mark.length + 32, 6.6 * about.length + 32);
    const height = top + high + 52;
    const svg = drawn("svg", {
      xmlns: SVG, viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "font-family": "sans-serif", "font-size": 13,
    });
    const text = (x, y, words, more = {}) => svg.append(drawn("text", { x, y, ...more }, words));
    svg.append(drawn("title", {}, `${mark} ${about}`));
    svg.append(drawn("rect", { width, height, fill: "#ffffff" }));
    svg.append(drawn("rect", { width, height: 32, fill: "#7a2e1d" }));
    text(16, 21, mark, { fill: "#ffffff", "font-weight": 600 });
    columns.forEach((name, j) => {
      const [x, y] = [left + side * (j + 0.5), top - 8];
      text(x, y, short(name), { transform: `rotate(-45 ${x} ${y})` });
    });
    rows.forEach((name, i) => {
      const y = top + side * i;
      text(left - 8, y + side / 2 + 5, short(name), { "text-anchor": "end" });
      weights[i].forEach((weight, j) => {
        const x = left + side * j;
        const { fill, ink } = weight === null ? { fill: "#e4e4e4" } : inked("light", weight);
        svg.append(drawn("rect", { x, y, width: side, height: side, fill, stroke: "#ffffff" }));
        if (weight === null) return;
        const middle = { fill: ink, "text-anchor": "middle", "font-size": 12 };
        text(x + side / 2, y + side / 2 + 4, written(weight, columns.length).replace(/^0/, ""), middle);
      });
    });
    const [x, y] = [left + wide / 2, top + high / 2];
    const size = Math.max(9, Math.hypot(wide, high) / (0.8 * across.length));
    const angle = (-Math.atan2(high, wide) * 180) / Math.PI;
    text(x, y, across, {
      transform: `rotate(${angle} ${x} ${y})`, "text-anchor": "middle", "dominant-baseline": "middle",
      "font-size": size, "font-weight": 700, fill: "#b04a00", "fill-opacity": 0.35,
    });
    text(16, height - 18, about, { "font-size": 12, fill: "#444444" });
    return svg;
  };

  return { HeatMap, distinct, inked, picture };
})();
