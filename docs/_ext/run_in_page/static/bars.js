/* Work that a reader asks for: a button with what is going on beside it, one thing at a time. */
"use strict";

const pageWork = (() => {
  const bars = [];
  let job; // the bar whose work is going on

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

  /* Something to read that can be scrolled, so it can be reached by keyboard and has a name. */
  const named = (made, label) => {
    made.tabIndex = 0;
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", label);
    return made;
  };

  /* Hand the reader a file. */
  const save = (download, type, content) => {
    const href = URL.createObjectURL(new Blob([content], { type }));
    element("a", { href, download }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  };

  const MB = (bytes) => (bytes / 1e6).toFixed(1);

  /* A button, and what is going on, said to a screen reader too. What an earlier press gave is
     cleared first, for it is no answer to this one. */
  class Bar {
    constructor(label, act, clear) {
      Object.assign(this, { label, act, clear });
      this.button = button(label, () => (job === this ? pagePython.stop() : this.start()));
      this.progress = element("progress", { hidden: true });
      this.progress.setAttribute("aria-label", "Fetching Python");
      this.status = element("span", { className: "run-status" });
      this.status.setAttribute("role", "status");
      this.element = element("div", { className: "run-bar" }, this.button, this.progress, this.status);
      bars.push(this);
    }

    say(text, verdict = "") {
      this.progress.hidden = true;
      this.status.textContent = text;
      this.element.dataset.verdict = verdict;
    }

    report({ bytes, total }) {
      if (total === undefined) return this.say("Starting Python, which takes some seconds.");
      this.say(`Fetching Python, once for this page: ${MB(bytes)} of ${MB(total)} MB`);
      Object.assign(this.progress, { hidden: false, max: total, value: bytes });
    }

    /* Meanwhile the button stops it, and the others wait. */
    async start() {
      if (job) return;
      job = this;
      const others = bars.filter((bar) => bar !== this);
      for (const bar of others) bar.button.disabled = true;
      this.button.textContent = "Stop";
      try {
        this.say("");
        this.clear?.();
        await pagePython.ensure((news) => this.report(news));
        await this.act();
      } catch (error) {
        if (error.stopped) this.say("Stopped. The next run begins anew.");
        else this.say(`Python can't run in this page: ${error.message}. What is published stands as it was recorded.`);
      } finally {
        job = undefined;
        this.button.textContent = this.label;
        for (const bar of others) bar.button.disabled = false;
      }
    }
  }

  const lackingText = ({ name, why }) =>
    `${name === "numpy" ? "NumPy" : name} could not be loaded: ${why}. ` +
    "Blocks that need it can't run here; what is published stands as it was recorded.";

  /* Why a module is missing that was to be fetched; nothing if that is not the reason. */
  const whyMissing = async (name) => {
    const lacking = (await pagePython.lacking()).find((one) => one.name === name);
    return lacking && lackingText(lacking);
  };

  const errorBox = (error) =>
    named(element("pre", { className: "run-error", textContent: error }), "Python's traceback");

  /* A new line begins where the last one did, four spaces further in after a colon. It is put in as
     if it were typed, which alone leaves what was typed before it to be undone. */
  const indent = (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    const { value, selectionStart } = event.target;
    const line = value.slice(0, selectionStart).split("\n").pop();
    const space = line.match(/^\s*/)[0] + (/:\s*$/.test(line) ? "    " : "");
    if (document.execCommand("insertText", false, `\n${space}`)) event.preventDefault();
  };

  /* A place to write code. */
  const editor = (code, label) => {
    const made = element("textarea", { className: "run-editor", spellcheck: false, value: code });
    const fit = () => (made.rows = made.value.split("\n").length);
    made.setAttribute("aria-label", label);
    made.setAttribute("autocapitalize", "off");
    made.setAttribute("wrap", "off");
    made.addEventListener("keydown", indent);
    made.addEventListener("input", fit);
    fit();
    return made;
  };

  /* Control and Enter, pressed anywhere in a box, start its work. */
  const onControlEnter = (box, bar) =>
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      bar.start();
    });

  return { Bar, button, editor, element, errorBox, named, onControlEnter, save, whyMissing };
})();
