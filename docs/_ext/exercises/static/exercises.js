/* A place for each answer, and what comes back: a check's message, or whether the choice was right.

   Without this script, tasks, hints, checks and solutions stand on the page all the same. */
"use strict";

(() => {
  const { Bar, button, editor, element, errorBox, onControlEnter, save, whyMissing } = pageWork;
  const page = [...(document.querySelector("article h1")?.childNodes ?? [])]
    .map((part) => (part.className === "headerlink" ? "" : part.textContent))
    .join("")
    .replace(/\s+/g, " ");
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const here = location.href.replace(root.href, "").replace(/[?#].*/, "");

  /* What is kept of an answer, with enough of the task to make sense of it elsewhere. */
  const keep = (box, answer) => {
    const title = box.querySelector(".rubric").textContent;
    const task = [...box.querySelectorAll(":scope > p:not([class])")].map((p) => p.textContent);
    pageAnswers.set(box.id, { page, title, task: task.join("\n\n"), url: `${here}#${box.id}`, ...answer });
  };

  const kept = (box) => pageAnswers.get(box.id);

  const linkToAnswers = () =>
    element("a", { className: "answers-link", href: new URL("docs/my-answers.html", root), textContent: "My answers" });

  /* Hints open one by one: each is there once the one before it was opened. */
  const inTurn = (box) => {
    const hints = [...box.querySelectorAll(":scope > details")].filter(
      ({ classList }) => !/exercise-(check|solution)/.test(classList),
    );
    hints.forEach((hint, i) => {
      const next = hints[i + 1];
      if (!next) return;
      next.hidden = !hint.open;
      hint.addEventListener("toggle", () => (next.hidden &&= !hint.open));
    });
  };

  const exercise = (box) => {
    const place = box.querySelector(".exercise-start");
    const textOf = (part) => box.querySelector(`.exercise-${part} pre`).textContent.trimEnd();
    const [start, check] = [textOf("start"), textOf("check")];
    const code = editor(kept(box)?.code ?? start, "Your answer, in Python");
    const result = element("div", { className: "run-result", hidden: true });

    const show = async ({ passed, message, printed, error, missing }) => {
      const why = await whyMissing(missing);
      bar.say(why ?? message, passed ? "same" : "differs");
      const output = printed && [element("p", { textContent: "It printed" }), element("pre", { textContent: printed })];
      result.replaceChildren(...(output || []), ...(error && !why ? [errorBox(error)] : []));
      result.hidden = !result.hasChildNodes();
      keep(box, { code: code.value, passed });
    };

    const bar = new Bar("Check my answer", async () => {
      bar.say("Checking.");
      await show(await pagePython.call("check", { code: `${code.value}\n`, check }));
    }, () => (result.hidden = true));

    const again = button("Start again", () => {
      if (code.value !== start && !confirm("Give up what you wrote here and start again?")) return;
      code.value = start;
      code.dispatchEvent(new Event("input"));
      pageAnswers.remove(box.id);
      bar.say("");
      result.hidden = true;
    });

    code.addEventListener("input", () => code.value !== start && keep(box, { code: code.value }));
    bar.button.after(again, linkToAnswers());
    place.replaceChildren(code);
    place.after(bar.element, result);
    onControlEnter(box, bar);
    if (kept(box)?.passed) bar.say("It passed when you last checked it.", "same");
  };

  const status = () => {
    const made = element("p", { className: "question-status" });
    made.setAttribute("role", "status");
    return made;
  };

  const judged = (right) => (right ? "That is it." : "Not that one.");

  const choice = (box, list) => {
    const title = box.querySelector(".rubric").textContent;
    const why = box.querySelector(":scope > details") ? " The reason is below." : "";
    const said = status();
    const judge = (item) => {
      const right = item.classList.contains("right");
      said.textContent = judged(right) + why;
      said.dataset.verdict = right ? "same" : "differs";
      return right;
    };
    const items = [...list.children].map((item) => {
      const radio = element("input", { type: "radio", name: box.id });
      const text = item.textContent.trim();
      radio.addEventListener("change", () => keep(box, { chosen: text, passed: judge(item) }));
      if (kept(box)?.chosen === text) (radio.checked = true) && judge(item);
      return element("label", {}, radio, element("span", {}, ...(item.firstElementChild ?? item).childNodes));
    });
    const legend = element("legend", { className: "visually-hidden", textContent: title });
    list.replaceWith(element("fieldset", { className: "choices" }, legend, ...items), said, linkToAnswers());
  };

  const words = (box) => {
    const place = element("textarea", { className: "question-words", rows: 4, value: kept(box)?.text ?? "" });
    place.setAttribute("aria-label", "Your answer, in your own words");
    place.addEventListener("input", () =>
      place.value ? keep(box, { text: place.value }) : pageAnswers.remove(box.id),
    );
    const note = element("p", { className: "question-status" });
    note.append("Kept in this browser as you type. ", linkToAnswers());
    const fold = box.querySelector(":scope > details");
    if (fold) fold.before(place, note);
    else box.append(place, note);
  };

  const question = (box) => {
    const list = box.querySelector("ul.choices");
    if (list) choice(box, list);
    else words(box);
  };

  /* The page that lists what was answered, and hands it out as a file. */
  const list = (box) => {
    const page = ({ url }) => url.split("#")[0];
    const answers = Object.values(pageAnswers.all()).sort((a, b) => page(a).localeCompare(page(b)));
    const parts = answers.map(shown);
    const tools = element(
      "div",
      { className: "run-bar" },
      button("Export as Markdown", () => save("my-answers.md", "text/markdown", markdown(answers))),
      button("Export as JSON", () => save("my-answers.json", "application/json", json())),
      button("Forget them all", () => {
        if (!confirm("Forget every answer that is kept in this browser?")) return;
        pageAnswers.clear();
        box.replaceChildren(element("p", { textContent: "Nothing is kept any more." }));
      }),
    );
    const nothing = element("p", { textContent: "Nothing is kept in this browser yet. Exercises stand near the end of each chapter." });
    box.replaceChildren(...(answers.length ? [tools, ...parts] : [nothing]));
  };

  const outcome = ({ passed, chosen }) => {
    if (passed === undefined) return "";
    if (chosen) return judged(passed);
    return passed ? "It passes." : "It does not pass.";
  };

  const shown = (answer) => {
    const link = element("a", { href: new URL(answer.url, root), textContent: answer.title });
    const said = answer.code ?? answer.chosen ?? answer.text;
    return element(
      "section",
      {},
      element("h2", {}, link),
      element("p", { textContent: [answer.page, outcome(answer)].filter(Boolean).join(". ") }),
      element(answer.code ? "pre" : "blockquote", { textContent: said }),
    );
  };

  const json = () => `${JSON.stringify(pageAnswers.all(), null, 1)}\n`;

  const quoted = (text) => text.split("\n").map((line) => `> ${line}`.trim()).join("\n");

  const markdown = (answers) => {
    const sections = answers.map((answer) => [
      `## ${answer.title}`,
      `${answer.page}, <${new URL(answer.url, root)}>`,
      quoted(answer.task),
      answer.code ? `\`\`\`python\n${answer.code.trimEnd()}\n\`\`\`` : (answer.chosen ?? answer.text),
      outcome(answer),
    ]);
    const parts = ["# My answers", ...sections.flat()];
    return `${parts.filter(Boolean).join("\n\n")}\n`;
  };

  for (const box of document.querySelectorAll(".task")) inTurn(box);
  if (typeof Worker !== "undefined") document.querySelectorAll(".exercise").forEach(exercise);
  document.querySelectorAll(".question").forEach(question);
  document.querySelectorAll(".my-answers").forEach(list);
})();
