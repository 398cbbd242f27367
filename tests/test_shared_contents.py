"""The contents of pages that a program wrote: the same as before, and made once."""

from collections import Counter

from minisite import SHARE, MiniSite, chapter
from optional import require

CONF = 'html_theme = "furo"\n'
MORE = chapter(">>> 1  # out: one\n1", ">>> 2  # out: two\n2", title="More")


def test_pages_of_a_folder_share_contents_that_are_the_same_as_their_own(tmp_path, monkeypatch):
    require("furo")
    from sphinx.builders.html import StandaloneHTMLBuilder

    made, make = Counter(), StandaloneHTMLBuilder._get_local_toctree

    def counted(self, docname, **options):
        made[docname] += 1
        return make(self, docname, **options)

    monkeypatch.setattr(StandaloneHTMLBuilder, "_get_local_toctree", counted)
    pages, times = [], []
    for name, conf in {"own": "", "shared": 'extensions += ["shared_contents"]\n'}.items():
        made.clear()
        site = MiniSite(tmp_path / name, CONF + conf, shares=SHARE, more=MORE).built()
        paths = sorted(site.html.rglob("*.html"))
        pages.append({path.relative_to(site.html): path.read_text("utf-8") for path in paths})
        times.append([made[page] for page in ("index", "essay/more", "essay/shares")])
        outputs = sum(made[page] for page in made if page.startswith("outputs/"))
        assert outputs == (4 if name == "own" else 1)  # those of three outputs, and their list
    assert pages[0] == pages[1]
    assert times[0] == times[1] == [1, 1, 1]  # a chapter's mark where it stands itself
