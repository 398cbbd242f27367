/* The cite dialog. Without this script, each link leads to a page that says the same. */
"use strict";

(() => {
  const data = document.getElementById("outputs--data");
  if (!data || typeof HTMLDialogElement === "undefined") return;
  const outputs = new Map(JSON.parse(data.textContent).map((output) => [output.id, output]));
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);

  const LOCAL =
    "This is a copy in a folder. The address below begins at the root of the site: " +
    "put before it where the site is published.";
  const SHOWN = 3000; // milliseconds for which a button says what it did

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  /* Whether the text was copied; where a browser forbids it, it is selected for the reader to copy. */
  const copy = async (text, source) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(source);
      return document.execCommand("copy");
    }
  };

  const field = (name, text, status) => {
    const heading = element("h3", { textContent: name });
    const content = element("pre", { textContent: text, tabIndex: 0 });
    content.setAttribute("aria-label", name);
    const button = element("button", { type: "button", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy ${name.toLowerCase()}`);
    button.addEventListener("click", async () => {
      const copied = await copy(text, content);
      status.textContent = copied ? `${name} copied.` : `${name} is selected; copy it from there.`;
      button.textContent = copied ? "Copied" : "Selected"; // the status may be out of sight
      setTimeout(() => (button.textContent = "Copy"), SHOWN);
    });
    return element("section", {}, heading, button, content);
  };

  const scope = (output) => {
    if (!output.supports) return [];
    const title = element("p", {
      className: "admonition-title",
      textContent: "What this number supports, and what it doesn’t",
    });
    const notes = [output.supports, output.doesNotSupport];
    const paragraphs = notes.map((textContent) => element("p", { textContent }));
    return [element("div", { className: "admonition scope" }, title, ...paragraphs)];
  };

  const open = (output, link) => {
    const place = new URL(output.url, root);
    const local = place.protocol === "file:"; // the folder is the reader's own, and no address
    const permalink = local ? output.url : place.href;
    const placed = (text) => text.replace(output.url, () => permalink);
    const status = element("p", { className: "cite-status" });
    status.setAttribute("role", "status");
    const close = element("button", { type: "button", className: "cite-close", textContent: "Close" });
    const title = element("h2", { id: "cite--title", textContent: "Cite output " });
    title.append(element("code", { textContent: output.id }));
    const kind = output.kind === "doctest" ? "" : `, ${output.kind}`;
    const dialog = element(
      "dialog",
      { className: "cite" },
      element("header", {}, title, close),
      element("p", { textContent: `Run ${output.ran}${kind}.` }),
      field("Value", output.value, status),
      ...scope(output),
      ...(local ? [element("p", { textContent: LOCAL })] : []),
      field("Sentence to paste", placed(output.sentence), status),
      field("BibTeX", placed(output.bibtex), status),
      field("Permalink", permalink, status),
      element("p", {}, element("a", { href: link.href, textContent: "All of this as a page" })),
      status,
    );
    dialog.setAttribute("aria-labelledby", "cite--title");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.output-cite");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || elsewhere || !outputs.has(link.dataset.output)) return;
    event.preventDefault();
    open(outputs.get(link.dataset.output), link);
  });
})();
