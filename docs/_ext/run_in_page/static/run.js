/* Buttons at each block of examples: run it, change it; and one that runs the whole chapter.

   Without this script, the blocks stand as they were published. */
"use strict";

(() => {
  const data = document.getElementById("run--data");
  const boxes = [...document.querySelectorAll("div.session.highlight-pycon")];
  if (!data || typeof Worker === "undefined") return;

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const button = (textContent, act) => {
    const made = element("button", { type: "button", textContent });
    made.addEventListener("click", act);
    return made;
  };

  const MB = (bytes) => (bytes / 1e6).toFixed(1);
  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

  /* What stands beside a button: what is going on, said to a screen reader too. */
  class Bar {
    constructor(label, act) {
      this.label = label;
      this.button = button(label, () => (job === this ? pagePython.stop() : act()));
      this.progress = element("progress", { hidden: true });
      this.progress.setAttribute("aria-label", "Fetching Python");
      this.status = element("span", { className: "run-status" });
      this.status.setAttribute("role", "status");
      this.element = element("div", { className: "run-bar" }, this.button, this.progress, this.status);
    }

    say(text) {
      this.progress.hidden = true;
      this.status.textContent = text;
    }

    report({ bytes, total }) {
      if (total === undefined) return this.say("Starting Python.");
      Object.assign(this.progress, { hidden: false, max: total, value: bytes });
      this.status.textContent = `Fetching Python, once for this page: ${MB(bytes)} of ${MB(total)} MB`;
    }

    busy(is) {
      this.button.textContent = is ? "Stop" : this.label;
    }
  }

  /* One block: its published examples, the reader's version of them, what a run gave. */
  class Block {
    constructor(examples, box, number) {
      Object.assign(this, { examples, box, number });
      this.published = examples.map(([source]) => source).join("");
      this.bar = new Bar("Run", () => run(this));
      this.bar.button.setAttribute("aria-describedby", `block-${number}`);
      this.edit = button("Edit", () => (this.editor ? this.restore() : this.open()));
      this.bar.button.after(this.edit);
      this.code = box.querySelector("pre");
      this.code.id = `block-${number}`;
      this.code.tabIndex = 0;
      this.code.setAttribute("role", "group");
      this.code.setAttribute("aria-label", `Code block ${number}; Control and Enter runs it`);
      box.append(this.bar.element);
      box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        if (!job) run(this);
      });
    }

    /* The reader's version, or null where there is none. */
    get changed() {
      const code = this.editor && `${this.editor.value.trimEnd()}\n`;
      return code && code !== this.published ? code : null;
    }

    open() {
      this.editor = element("textarea", { spellcheck: false, value: this.published });
      this.editor.setAttribute("aria-label", `Your version of code block ${this.number}`);
      this.editor.setAttribute("autocapitalize", "off");
      this.editor.setAttribute("wrap", "off");
      this.editor.rows = this.published.split("\n").length;
      this.editor.addEventListener("keydown", indent);
      this.bar.element.before(this.editor);
      this.edit.textContent = "Undo changes";
      this.editor.focus();
    }

    restore() {
      this.editor.remove();
      this.editor = undefined;
      this.edit.textContent = "Edit";
      this.result?.remove();
      this.bar.say("");
      this.edit.focus();
    }

    show({ parts, error, missing }, lacking, changed) {
      this.result?.remove();
      const why = lacking.find(({ name }) => name === missing);
      const same = !error && parts.every((part) => part.same);
      this.bar.say(why ? lackingText(why) : verdict(parts, error, changed));
      this.bar.element.dataset.verdict = error ? "error" : same ? "same" : "differs";
      const shown = parts.filter(({ published, printed }) => published || printed);
      const left = error && !why ? [errorBox(error)] : [];
      if (!shown.length && !left.length) return;
      this.result = element("div", { className: "run-result" }, ...table(shown, changed), ...left);
      this.bar.element.after(this.result);
    }
  }

  const verdict = (parts, error, changed) => {
    if (error) return "Python stopped at an error.";
    const code = changed ? "Your version" : "Your run";
    if (!parts.every((part) => part.same)) return `${code} printed something else than published.`;
    const printed = parts.some((part) => part.printed);
    return `${code} printed ${printed ? "the same as" : "nothing, as"} published.`;
  };

  const lackingText = ({ name, why }) =>
    `${name === "numpy" ? "NumPy" : name} could not be loaded: ${why}. ` +
    "Blocks that need it can't run here; what is published stands as it was recorded.";

  /* Published and printed, side by side; each line that differs is marked. */
  const table = (parts, changed) => {
    if (!parts.length) return [];
    const columns = [["Published", "published"], [changed ? "Your version" : "Your run", "printed"]];
    return columns.map(([title, which]) => {
      const text = element("pre", { tabIndex: 0 });
      text.setAttribute("role", "group");
      text.setAttribute("aria-label", title);
      for (const part of parts) text.append(...marked(part, which));
      return element("div", {}, element("p", { textContent: title }), text);
    });
  };

  const marked = (part, which) => {
    const other = part[which === "printed" ? "published" : "printed"].split("\n");
    const lines = part[which].replace(/\n$/, "").split("\n");
    return lines.flatMap((line, i) => {
      const plain = part.same || line === other[i];
      return [plain ? line : element("mark", { textContent: line }), "\n"];
    });
  };

  const errorBox = (error) => {
    const text = element("pre", { className: "run-error", textContent: error, tabIndex: 0 });
    text.setAttribute("role", "group");
    text.setAttribute("aria-label", "Python's traceback");
    return text;
  };

  /* A new line begins where the last one did, four spaces further in after a colon. */
  const indent = (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    const { value, selectionStart, selectionEnd } = event.target;
    const line = value.slice(0, selectionStart).split("\n").pop();
    const space = line.match(/^\s*/)[0] + (/:\s*$/.test(line) ? "    " : "");
    event.preventDefault();
    event.target.setRangeText(`\n${space}`, selectionStart, selectionEnd, "end");
    event.target.rows = event.target.value.split("\n").length;
  };

  const blocks = JSON.parse(data.textContent).blocks.map(
    (examples, i) => new Block(examples, boxes[i], i + 1),
  );
  const verify = new Bar("Verify this chapter", () => verifyAll());
  let job; // the bar whose work is going on
  let done = []; // the code that the session has run, in order; null when it must begin anew

  /* Do one thing at a time: meanwhile its button stops it, and the others wait. */
  const work = async (bar, act) => {
    job = bar;
    const others = [verify, ...blocks.map((block) => block.bar)].filter((other) => other !== bar);
    for (const other of others) other.button.disabled = true;
    bar.busy(true);
    try {
      bar.say("");
      await pagePython.ensure((news) => bar.report(news));
      await act();
    } catch (error) {
      done = null;
      bar.say(error.stopped ? "Stopped. The next run begins with the chapter's first block." : plain(error));
    } finally {
      job = undefined;
      bar.busy(false);
      for (const other of others) other.button.disabled = false;
    }
  };

  const plain = (error) =>
    `Python can't run in this page: ${error.message}. What is published stands as it was recorded.`;

  const runOne = async (block, code) => {
    const fresh = done === null || done.length === 0;
    done ??= [];
    const result = await pagePython.call("run", { examples: block.examples, code, fresh });
    block.show(result, await pagePython.lacking(), code !== null);
    if (result.error) done = null;
    else done.push(code ?? block.published);
    return result;
  };

  /* A block is run after all those before it. What has run and is as it was is not run again;
     to run a block a second time, the session begins anew, so that the result is the same. */
  const run = (block) =>
    work(block.bar, async () => {
      const wanted = blocks.slice(0, block.number);
      const code = wanted.map((each) => each.changed ?? each.published);
      const goesOn = done && done.length < wanted.length && done.every((ran, i) => ran === code[i]);
      if (!goesOn) done = null;
      for (const each of wanted.slice(done?.length ?? 0)) {
        block.bar.say(`Running block ${each.number} of ${wanted.length}.`);
        const { error } = await runOne(each, each.changed);
        if (!error || each === block) continue;
        return block.bar.say(`Not run, because block ${each.number}, above, stopped. ${each.bar.status.textContent}`);
      }
    });

  /* The published code alone, whatever the reader has changed. */
  const verifyAll = () =>
    work(verify, async () => {
      const total = blocks.reduce((sum, block) => sum + block.examples.length, 0);
      let same = 0;
      done = null;
      for (const block of blocks) {
        verify.say(`Running block ${block.number} of ${blocks.length}.`);
        const { parts, error } = await runOne(block, null);
        same += parts.filter((part) => part.same).length;
        if (!error) continue;
        return verify.say(`${same} of ${count(total, "example")} printed what is published; then block ${block.number} stopped. ${block.bar.status.textContent}`);
      }
      const all = same === total ? "All " : `${same} of `;
      verify.say(`${all}${count(total, "example")} printed what is published, in this browser.`);
    });

  const head = document.querySelector(".outputs-head");
  head?.after(verify.element);
})();
