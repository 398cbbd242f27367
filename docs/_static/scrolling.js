// What is wider than its column scrolls inside itself: there it can be reached by keyboard, as some
// browsers see to by themselves.
"use strict";
{
  const boxes =
    "article :is(.highlight pre, .table-wrapper, .math-display, .figure-scroll, .figure-data-scroll)";
  const mark = box => {
    if (box.hasAttribute("tabindex") && !box.hasAttribute("data-scrolls")) return; // has its place already
    const scrolls = box.scrollWidth > box.clientWidth;
    box.toggleAttribute("data-scrolls", scrolls);
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  const observer = new ResizeObserver(entries => entries.forEach(entry => mark(entry.target)));
  document.querySelectorAll(boxes).forEach(box => observer.observe(box));
}
