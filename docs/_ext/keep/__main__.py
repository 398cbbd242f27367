"""Make the copies, and say which there are."""

import os
import shutil
import sys
from pathlib import Path

from microattention.environment import moment

from .archive import list_copies, pack
from .epub import normalised
from .printing import NoBrowser, print_book

NAME = "attention-accounted-for"


def main(site: Path, epub: Path) -> str | None:
    """Make all copies in the site's folder `keep`; return what went wrong."""
    folder = site / "keep"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = int(moment().timestamp())  # stamped on the copies
    try:
        (folder / f"{NAME}.epub").write_bytes(normalised(epub, made))
        print_book(site, folder / f"{NAME}.pdf", made)
    except NoBrowser as error:
        if os.environ.get("REQUIRE_ALL") == "1":
            return str(error)
        print(error)
    except ValueError as error:
        return str(error)
    list_copies(site, folder)
    (folder / f"{NAME}.zip").write_bytes(pack(site, NAME, made))
    list_copies(site, folder)
    print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
