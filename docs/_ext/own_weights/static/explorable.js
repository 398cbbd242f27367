/* The figure to move: the sentence's attention under any seed, width and scale, and a count. */
"use strict";

(() => {
  const live = document.querySelector(".explorable-live");
  if (!live) return;
  const PUBLISHED = { seed: 42, width: 8, scale: 1, causal: true };
  const DIALS = ["seed", "width", "scale"];
  const MOST = 2000; // seeds in the count
  const AT_ONCE = 12; // milliseconds of work before the page gets its turn
  const QUIET = 500; // milliseconds without a change before a screen reader is told
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const words = live.dataset.words.split(" ");
  const [last, corpus] = [words.length - 1, words.indexOf("corpus")];
  const published = pageAttention.weights(words.length, PUBLISHED)[last][corpus];
  const form = live.querySelector("form");
  const place = (name) => live.querySelector(`[data-place="${name}"]`);
  const [reading, problem, status] = [".explorable-reading", ".own-problem", "[role=status]"].map(
    (where) => live.querySelector(where),
  );
  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const largest = (row) => row.indexOf(Math.max(...row));

  let recipe = { ...PUBLISHED };
  let wanted = 1; // seeds in the count, the published one first
  let counted = []; // their scores of the last word, as drawn
  let countedWidth = PUBLISHED.width;
  let telling;

  const map = new pageHeatMap.HeatMap(words, words, {
    caption: "What each word (row) gives to each (column)",
    label: "Attention weights under this recipe",
  });
  map.rows[last].classList.add("looks");
  place("map").append(map.element);

  const isPublished = () => Object.keys(PUBLISHED).every((name) => recipe[name] === PUBLISHED[name]);

  const said = (row) => {
    const most = largest(row);
    const mask = recipe.causal ? "causal" : "full";
    return (
      `Seed ${recipe.seed}, width ${recipe.width}, scale ${recipe.scale}, ${mask}: ` +
      `${words[last]} gives most to ${words[most]}, ${percent(row[most])}.` +
      (isPublished() ? " This is the published run." : "")
    );
  };

  const showMap = () => {
    const weights = pageAttention.weights(words.length, recipe);
    const hidden = pageAttention.hidden(words.length, recipe.causal);
    map.fill(weights.map((row, i) => row.map((weight, j) => (hidden[i][j] ? null : weight))));
    reading.textContent = said(weights[last]);
    live.classList.toggle("published", isPublished());
  };

  const showCount = () => {
    const rows = counted.map((scores) =>
      pageAttention.softmax(scores.map((score) => recipe.scale ** 2 * score)),
    );
    const picked = rows.map(largest);
    live.querySelectorAll(".explorable-tally tbody tr").forEach((row, j) => {
      const count = picked.filter((word) => word === j).length;
      row.cells[1].textContent = count;
      row.cells[2].textContent = percent(count / rows.length);
      row.style.setProperty("--share", count / rows.length);
    });
    const reach = rows.filter((row) => row[corpus] >= published).length;
    const middle = rows.map((row) => Math.max(...row)).sort((a, b) => a - b)[rows.length >> 1];
    const to = PUBLISHED.seed + rows.length - 1;
    place("seeds").textContent =
      rows.length === 1
        ? `So far one seed, ${PUBLISHED.seed}: to which word ${words[last]} gives most`
        : `${rows.length} seeds, ${PUBLISHED.seed} to ${to}: to which word ${words[last]} gives most`;
    place("reach").textContent =
      `${reach} of ${rows.length} ${rows.length === 1 ? "gives" : "give"} ${words[corpus]} at least ${percent(published)}. ` +
      `The largest weight of ${words[last]} is ${percent(middle)} in the middle of them.`;
  };

  /* Draw what the count lacks, a little at a time; less moves where less motion was asked for. */
  const count = () => {
    if (countedWidth !== recipe.width) [counted, countedWidth] = [[], recipe.width];
    const until = performance.now() + AT_ONCE;
    do {
      if (counted.length >= wanted) break;
      const seed = PUBLISHED.seed + counted.length;
      counted.push(pageAttention.drawnScores(words.length, { ...recipe, seed })[last]);
    } while (performance.now() < until);
    const done = counted.length >= wanted;
    if (done || !calm.matches) showCount();
    live.toggleAttribute("aria-busy", !done);
    return done;
  };
  let counting;
  const keepCounting = () => {
    clearTimeout(counting);
    if (!count()) counting = setTimeout(keepCounting);
  };

  const tell = () => {
    if (live.hasAttribute("aria-busy")) telling = setTimeout(tell, QUIET);
    else status.textContent = [reading, place("seeds"), place("reach")].map((e) => e.textContent).join(" ");
  };

  /* The mark that moves with the width; its words stand on the side away from the other mark's. */
  const markAssumed = () => {
    const mark = live.querySelector("[data-assumed]");
    const { min, max } = form.scale;
    const at = (recipe.width ** -0.5 - min) / (max - min);
    mark.style.setProperty("--at", at);
    mark.classList.toggle("before", at > 0.3);
  };

  const show = () => {
    showMap();
    keepCounting();
    markAssumed();
    clearTimeout(telling);
    telling = setTimeout(tell, QUIET);
  };

  /* Both inputs of a dial show the same number. */
  const set = (changes) => {
    recipe = { ...recipe, ...changes };
    for (const name of DIALS) {
      form[name].value = live.querySelector(`[data-dial="${name}"]`).value = recipe[name];
      form[name].removeAttribute("aria-invalid");
    }
    form.causal.checked = recipe.causal;
    problem.textContent = "";
    show();
  };

  const refuse = (input) => {
    const { min, max, step } = input;
    const kind = step === "1" ? "a whole number" : "a number with at most two decimals";
    input.setAttribute("aria-invalid", "true");
    problem.textContent = `${input.labels[0].textContent}: ${kind} from ${min} to ${max} is wanted.`;
  };

  form.addEventListener("input", ({ target }) => {
    if (target === form.causal) return set({ causal: target.checked });
    if (target.dataset.dial) return set({ [target.dataset.dial]: target.valueAsNumber });
    if (target.value === "" || !target.validity.valid) return refuse(target);
    set({ [target.name]: target.valueAsNumber });
  });
  /* What was refused gives way to what is shown when the reader leaves it. */
  form.addEventListener("focusout", ({ target }) => {
    if (target.getAttribute("aria-invalid")) set({});
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  const draw = (more) => {
    wanted = Math.min(MOST, wanted + more);
    set({ seed: PUBLISHED.seed + wanted - 1 });
    if (wanted === MOST) problem.textContent = `${MOST} seeds are as many as this page draws.`;
  };
  const acts = {
    next: () => draw(1),
    hundred: () => draw(100),
    back: () => {
      [wanted, counted] = [1, []];
      set(PUBLISHED);
    },
  };
  live.addEventListener("click", ({ target }) => acts[target.dataset.act]?.());

  document.querySelector(".explorable").classList.add("scripted");
  live.hidden = false;
  set({});
})();
