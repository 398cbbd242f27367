// What the search finds, in a reader's order and with anchors that exist. Sphinx has no setting for
// this; its own script has been read when this runs, and begins when the page is there.
"use strict";
{
  const ofOutput = anchor => anchor.includes(": ");
  const lastPart = name => name.split(".").at(-1).toLowerCase();
  const plain = html => new DOMParser().parseFromString(html, "text/html").body.textContent;
  // From a folder no page may read another, so nothing is shown of one but its title.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const sought = new URLSearchParams(location.search).get("q")?.trim();

  // All names of the package begin with `microattention`, so a name is sought by its last part, or
  // "attention" would find every one. An output is listed as `name: value`, which Sphinx takes
  // for its anchor too.
  const byAnyPart = Search.performObjectSearch;
  Search.performObjectSearch = (term, terms) => byAnyPart(term, terms)
    .filter(([, name, anchor]) => ofOutput(anchor) || lastPart(name).includes(term))
    .map(([page, name, anchor, ...rest]) => [page, plain(name), anchor.split(": ")[0], ...rest]);

  // What is shown of a page is its prose: no code, nor what stands under the title of a chapter. A
  // module's anchor has dots in it, which a selector takes for classes.
  const textOf = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll("pre, .outputs-head").forEach(part => part.remove());
    return textOf(page.body.outerHTML, anchor && `#${CSS.escape(anchor.slice(1))}`);
  };

  // First the output whose own name was typed, then what has the words for its heading; of equals,
  // the chapters.
  Scorer.score = ([page, , anchor, , score, , kind]) => score + (anchor === `#${sought}` ? 100 : 0)
    + (kind === SearchResultKind.title ? 10 : 0) + (page.startsWith("essay/") ? 10 : 0);
}
