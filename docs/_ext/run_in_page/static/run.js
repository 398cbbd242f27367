/* Buttons at each block of examples: run it, change it; and one that runs the whole chapter.

   Without this script, the blocks stand as they were published. */
"use strict";

(() => {
  const data = document.getElementById("run--data");
  const boxes = [...document.querySelectorAll("div.session.highlight-pycon")];
  if (!data || typeof Worker === "undefined") return;
  const { Bar, button, editor, element, errorBox, named, onControlEnter, whyMissing } = pageWork;

  /* One block: its published examples, the reader's version of them, what a run gave. */
  class Block {
    constructor(examples, box, number) {
      Object.assign(this, { examples, number });
      this.published = examples.map(([source]) => source).join("");
      this.bar = new Bar("Run", () => run(this), () => this.result?.remove());
      this.edit = button("Edit", () => (this.editor ? this.restore() : this.open()));
      this.bar.button.after(this.edit);
      const code = named(box.querySelector("pre"), `Code block ${number}; Control and Enter runs it`);
      code.id = `block-${number}`;
      this.bar.button.setAttribute("aria-describedby", code.id);
      box.append(this.bar.element);
      onControlEnter(box, this.bar);
    }

    /* The reader's version, or null where there is none. */
    get changed() {
      const code = this.editor && `${this.editor.value.trimEnd()}\n`;
      return code && code !== this.published ? code : null;
    }

    open() {
      this.editor = editor(this.published, `Your version of code block ${this.number}`);
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

    show({ parts, error }, why, changed) {
      this.result?.remove();
      const same = parts.every((part) => part.same);
      const verdict = error ? "error" : same ? "same" : "differs";
      this.bar.say(why ?? sentence(parts, error, changed), verdict);
      const shown = parts.filter(({ published, printed }) => published || printed);
      const left = error && !why ? [errorBox(error)] : [];
      if (!shown.length && !left.length) return;
      this.result = element("div", { className: "run-result" }, ...table(shown, changed), ...left);
      this.bar.element.after(this.result);
    }
  }

  const sentence = (parts, error, changed) => {
    if (error) return "Python stopped at an error.";
    const code = changed ? "Your version" : "Your run";
    if (!parts.every((part) => part.same)) return `${code} printed something other than what is published.`;
    const printed = parts.some((part) => part.printed);
    return `${code} printed ${printed ? "the same as" : "nothing, as"} published.`;
  };

  /* Published and printed, side by side; each line that differs is marked. */
  const table = (parts, changed) => {
    if (!parts.length) return [];
    const columns = [["Published", "published"], [changed ? "Your version" : "Your run", "printed"]];
    return columns.map(([title, which]) => {
      const text = named(element("pre"), title);
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

  const blocks = JSON.parse(data.textContent).blocks.map(
    (examples, i) => new Block(examples, boxes[i], i + 1),
  );
  const verify = new Bar("Verify this chapter", () => verifyAll());
  let done = []; // the code that Python's session has run, in order
  let session; // which one that was

  const runOne = async (block, code) => {
    const fresh = done.length === 0;
    const result = await pagePython.call("run", { examples: block.examples, code, fresh });
    block.show(result, await whyMissing(result.missing), code !== null);
    if (result.error) done = [];
    else done.push(code ?? block.published);
    return result;
  };

  const ranAlready = (code) =>
    session === pagePython.session() && done.length < code.length &&
    done.every((ran, i) => ran === code[i]);

  /* A block is run after all those before it. What has run and is as it was is not run again;
     to run a block a second time, the session begins anew, so that the result is the same. */
  const run = async (block) => {
    const wanted = blocks.slice(0, block.number);
    if (!ranAlready(wanted.map((each) => each.changed ?? each.published))) done = [];
    session = pagePython.session();
    for (const each of wanted.slice(done.length)) {
      block.bar.say(`Running block ${each.number} of ${wanted.length}.`);
      const { error } = await runOne(each, each.changed);
      if (!error) continue;
      if (each !== block) block.bar.say(because(each), "error");
      return;
    }
  };

  const because = ({ number, bar }) =>
    `Not run, because block ${number}, above, stopped. ${bar.status.textContent}`;

  /* The published code alone, whatever the reader has changed. */
  const verifyAll = async () => {
    const total = blocks.reduce((sum, block) => sum + block.examples.length, 0);
    const examples = total === 1 ? "1 example" : `${total} examples`;
    let same = 0;
    done = [];
    session = pagePython.session();
    for (const block of blocks) {
      verify.say(`Running block ${block.number} of ${blocks.length}.`);
      const { parts, error } = await runOne(block, null);
      same += parts.filter((part) => part.same).length;
      if (!error) continue;
      const stopped = `block ${block.number} stopped. ${block.bar.status.textContent}`;
      return verify.say(`${same} of ${examples} printed what is published; then ${stopped}`, "error");
    }
    const all = same === total ? "All" : `${same} of`;
    verify.say(
      `${all} ${examples} printed what is published, in this browser.`,
      same === total ? "same" : "differs",
    );
  };

  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const how = new URL("docs/running-in-the-page.html", root);
  verify.button.after(element("a", { href: how, textContent: "How this works" }));
  document.querySelector(".outputs-head")?.after(verify.element);
})();
