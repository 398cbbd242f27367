/* The head explorer. It computes nothing: each number was computed when the page was built. */
"use strict";

(() => {
  const explorer = document.getElementById("head-explorer");
  if (!explorer) return;
  const { tokens, weights, most, mean } = JSON.parse(explorer.querySelector("script").textContent);
  const form = explorer.querySelector("form");
  const rows = [...explorer.querySelectorAll("tbody tr")];
  const percent = (thousandths) => `${(thousandths / 10).toFixed(1)}%`;

  const say = (values) => {
    for (const place of explorer.querySelectorAll("[data-show]")) {
      place.textContent = values[place.dataset.show];
    }
  };

  const fill = (cell, thousandths) => {
    cell.textContent = (thousandths / 1000).toFixed(3);
    cell.classList.toggle("high", thousandths >= 660);
    cell.style.setProperty("--share", thousandths / 1000);
  };

  const show = () => {
    const [layer, head, looks] = ["layer", "head", "looks"].map((name) => +form[name].value);
    const given = weights[layer][head];
    const to = most[layer][head][looks];
    rows.forEach((row, from) => {
      row.classList.toggle("looks", from === looks);
      row.querySelectorAll("td").forEach((cell, at) => fill(cell, given[from][at]));
    });
    say({
      layer: layer + 1,
      head: head + 1,
      looks: tokens[looks],
      most: tokens[to],
      share: percent(given[looks][to]),
      mean: percent(mean[looks][to]),
    });
  };

  // An address that ends in #layer-4-head-12-token-5 shows that head, and can be passed on.
  const follow = () => {
    const asked = /^#layer-(\d+)-head-(\d+)-token-(\d+)$/.exec(location.hash);
    if (!asked) return;
    ["layer", "head", "looks"].forEach((name, place) => {
      const option = form[name].options[asked[place + 1] - 1];
      if (option) option.selected = true;
    });
    show();
  };

  form.addEventListener("change", () => {
    const [layer, head, token] = ["layer", "head", "looks"].map((name) => +form[name].value + 1);
    history.replaceState(null, "", `#layer-${layer}-head-${head}-token-${token}`);
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  form.hidden = false;
  explorer.querySelector(".unscripted").remove();
  follow();
})();
