"""The gallery in the essay's order: by the chapter that a script serves, then as shown in it."""

import re
from pathlib import Path

CHAPTER = re.compile(r":doc:`/(essay/[\w-]+)")


class EssayOrder:
    """What sphinx-gallery sorts scripts by; one that names no chapter comes last."""

    def __init__(self, scripts: str) -> None:
        self.scripts = Path(scripts)

    def __repr__(self) -> str:
        """Return the same in every build, for Sphinx compares settings by it."""
        return type(self).__name__

    def __call__(self, filename: str) -> tuple[bool, str, int, str]:
        """Return the chapter, and where in it the script's figure stands, else its end."""
        named = CHAPTER.search((self.scripts / filename).read_text(encoding="utf-8"))
        if named is None:
            return (True, "", 0, filename)
        chapter = self.scripts.parent / f"{named[1]}.md"
        text = chapter.read_text(encoding="utf-8") if chapter.is_file() else ""
        shown = re.search(rf"gallery-figure\}} {Path(filename).stem}$", text, re.MULTILINE)
        return (False, named[1], shown.start() if shown else len(text), filename)
