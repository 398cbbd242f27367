/* Heat maps of a reader's own words and weights. Nothing leaves the page. */
"use strict";

(() => {
  const { element, button, save } = pageWork;
  const MARK = "Your run, not a published output.";
  const SAVED_MARK = "A reader’s own run, not a published output.";
  const ACROSS = "NOT A PUBLISHED OUTPUT";
  const MOST_WORDS = 32;
  const MOST_ROWS = 64;
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const ROUNDING = 1e-6; // by which a weight may lie outside 0 to 1
  const VISIBLE = 0.005; // by which a row's sum, written with two decimals, is not 1.00

  /* What a form can't draw: the reader is told, and taken to the field. */
  class Refusal extends Error {
    constructor(field, message) {
      super(message);
      this.field = field;
    }
  }

  const readNumber = (field) => {
    const value = field.valueAsNumber;
    const { min, max, step } = field;
    const whole = step === "1";
    if (value >= +min && value <= +max && (!whole || Number.isInteger(value))) return value;
    const name = field.labels[0].textContent.trim();
    throw new Refusal(field, `${name} must be a ${whole ? "whole " : ""}number from ${min} to ${max}.`);
  };

  const readSentence = (form) => {
    const words = form.sentence.value.split(/\s+/).filter(Boolean);
    if (!words.length) throw new Refusal(form.sentence, "Type at least one word.");
    if (words.length > MOST_WORDS) {
      throw new Refusal(form.sentence, `At most ${MOST_WORDS} words can be drawn, and these are ${words.length}.`);
    }
    const [seed, width, scale] = [form.seed, form.width, form.scale].map(readNumber);
    const causal = form.causal.checked;
    const weights = pageAttention.weights(words.length, { seed, width, scale, causal });
    const hidden = pageAttention.hidden(words.length, causal);
    const names = pageHeatMap.distinct(words);
    const counted = words.length === 1 ? "1 word" : `${words.length} words`;
    return {
      rows: names,
      columns: names,
      weights: weights.map((row, i) => row.map((weight, j) => (hidden[i][j] ? null : weight))),
      about: `Untrained attention over ${counted}: seed ${seed}, width ${width}, scale ${scale}, ${causal ? "causal" : "full"}.`,
      notes: [],
    };
  };

  /* Split a line into cells; a cell in quotes may hold the mark between cells. */
  const cellsOf = (line, between) => {
    const cells = [""];
    let quoted = false;
    for (let i = 0; i < line.length; i++) {
      if (line[i] === '"' && quoted && line[i + 1] === '"') cells[cells.length - 1] += line[i++];
      else if (line[i] === '"') quoted = !quoted;
      else if (line[i] === between && !quoted) cells.push("");
      else cells[cells.length - 1] += line[i];
    }
    return cells.map((cell) => cell.trim());
  };

  const isNumber = (cell) => NUMBER.test(cell);

  /* Not a number written in another way, such as 0,5 or 50% or 0.5 0.5. */
  const isName = (cell) => cell !== "" && !isNumber(cell) && !/^[-+.,\s]*\d[-+\d.,\s%]*$/.test(cell);

  /* Return the names of rows and columns, where there are any, and the cells of weights. */
  const readTable = (text) => {
    const lines = text.split(/\r?\n/).filter((line) => line.trim());
    if (!lines.length) throw new Error("Paste at least one row of weights.");
    const between = ["\t", ";"].find((mark) => lines[0].includes(mark)) ?? ",";
    const table = lines.map((line) => cellsOf(line, between));
    const length = table[0].length;
    const odd = table.findIndex((row) => row.length !== length);
    if (odd > 0) {
      throw new Error(`All rows must be equally long: line 1 has ${length} cells, line ${odd + 1} has ${table[odd].length}.`);
    }
    const [first, ...others] = table[0];
    const headed = (first === "" || isName(first)) && table.length > 1 && others.every(isName);
    const header = headed ? table.shift() : undefined;
    const labelled = length > 1 && table.every(([cell]) => isName(cell));
    const skip = labelled ? 1 : 0;
    const cells = table.map((row) => row.slice(skip));
    return {
      cells,
      rows: table.map(([name], i) => (labelled ? name : `row ${i + 1}`)),
      columns: cells[0].map((_, j) => header?.[j + skip] ?? `${j + 1}`),
    };
  };

  const readWeight = (cell, where) => {
    if (cell === "") return null;
    if (!isNumber(cell)) throw new Error(`${where}: “${cell}” is not a number such as 0.25.`);
    const weight = Number(cell);
    if (weight < -ROUNDING || weight > 1 + ROUNDING) {
      throw new Error(`${where}: a weight must lie between 0 and 1, and this is ${cell}.`);
    }
    return weight;
  };

  const sumNote = (row, i, named) => {
    const sum = row.reduce((total, weight) => total + (weight ?? 0), 0);
    if (Math.abs(sum - 1) < VISIBLE) return [];
    return [`Row ${i + 1}${named} sums to ${sum.toFixed(2)}, not to 1.`];
  };

  const readWeights = (form) => {
    try {
      const { rows, columns, cells } = readTable(form.weights.value);
      if (Math.max(rows.length, columns.length) > MOST_ROWS) {
        throw new Error(`At most ${MOST_ROWS} rows and columns can be drawn, and these are ${rows.length} and ${columns.length}.`);
      }
      const weights = cells.map((row, i) =>
        row.map((cell, j) => readWeight(cell, `Row ${i + 1}, column ${j + 1}`)),
      );
      const names = pageHeatMap.distinct(rows);
      const named = (i) => (rows[i] === `row ${i + 1}` ? "" : ` (${names[i]})`);
      return {
        rows: names,
        columns: pageHeatMap.distinct(columns),
        weights,
        about: "Drawn from weights that a reader pasted.",
        notes: weights.flatMap((row, i) => sumNote(row, i, named(i))),
      };
    } catch (error) {
      throw new Refusal(form.weights, error.message);
    }
  };

  const show = (box, { rows, columns, weights, about }) => {
    const caption = element("span", {}, element("strong", { textContent: MARK }), ` ${about}`);
    const map = new pageHeatMap.HeatMap(rows, columns, {
      caption, label: "Your weights, not a published output", corner: "your run",
    });
    map.fill(weights);
    const picture = () =>
      pageHeatMap.picture(rows, columns, weights, { mark: SAVED_MARK, across: ACROSS, about });
    const saving = button("Save as a picture (SVG)", () =>
      save("own-run-not-published.svg", "image/svg+xml", new XMLSerializer().serializeToString(picture())),
    );
    box.replaceChildren(element("div", { className: "own-run" }, map.element), element("p", {}, saving));
  };

  const readers = { sentence: readSentence, weights: readWeights };

  const submit = (form) => {
    const [problem, said, box] = [".own-problem", ".own-said", ".own-result"].map((where) =>
      form.querySelector(where),
    );
    for (const field of form.elements) field.removeAttribute("aria-invalid");
    problem.textContent = said.textContent = "";
    box.replaceChildren(); // no older picture beside what could not be drawn
    try {
      const run = readers[form.dataset.form](form);
      show(box, run);
      const size = `${run.rows.length} by ${run.columns.length}`;
      said.textContent = [`Drawn below, ${size}. ${MARK}`, ...run.notes].join(" ");
      box.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problem.textContent = error.message;
      error.field.setAttribute("aria-invalid", "true");
      error.field.focus();
    }
  };

  for (const form of document.querySelectorAll(".own-form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit(form);
    });
    form.hidden = false;
    form.parentElement.classList.add("scripted");
  }
})();
