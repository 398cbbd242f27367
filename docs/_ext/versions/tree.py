"""Put built versions of the site together: `python -m versions TREE SITE [SITE …]`.

Each SITE is a folder that was built under a name (`SITE_VERSION`), and is given in the order of
publication: a second one of the same name, a release's correction, takes the first one's place.
"""

import json
import re
import shutil
from pathlib import Path

from . import NAME
from .addresses import lost
from .notices import Version, fill

BUILT_AS = re.compile(r'<meta name="site-version" content="([^"]*)"')
START = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={name}/index.html">
<p><a href="{name}/index.html">{title}</a></p>
</html>
"""


def read_version(site: Path) -> Version:
    """Return what a built site says of itself; `ValueError` where it says nothing."""
    try:
        found = BUILT_AS.search((site / "index.html").read_text("utf-8"))
        manifest = json.loads((site / "outputs.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise ValueError(
            f"{site} is no built site: it has no {Path(error.filename).name}"
        ) from None
    if not found or not NAME.fullmatch(found[1]):
        raise ValueError(
            f"{site} was built under no name: build it with SITE_VERSION=latest or v0.1"
        )
    commits = {output["commit"] for output in manifest["outputs"]}
    return Version(
        name=found[1],
        package=manifest["package"]["version"],
        commit=max(commits, default=""),
        date=manifest["site"]["date"],
        pages=frozenset(path.relative_to(site).as_posix() for path in site.rglob("*.html")),
    )


def broken(sites: list[tuple[Version, Path]]) -> list[str]:
    """Say which addresses of an earlier version a later one lacks."""
    problems = []
    for i, (later, folder) in enumerate(sites):
        for earlier, before in sites[:i]:
            if earlier.name != "latest" and earlier.order <= later.order:
                problems += [
                    f"{later.name} lacks {address}, which {earlier.name} has: keep the page, or "
                    "put the old name above the new heading, as (old-name)="
                    for address in lost(before, folder)
                ]
    return problems


def assemble(tree: Path, sites: list[Path]) -> list[Version]:
    """Write the tree anew from built sites; `ValueError` says why it cannot be."""
    read = [(read_version(site), site) for site in sites]
    if problems := broken(read):
        raise ValueError("\n".join(problems))
    placed = {version.name: (version, site) for version, site in read}
    versions = sorted((v for v, _ in placed.values()), key=lambda v: v.order, reverse=True)
    new = tree.with_name(f"{tree.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for version, site in placed.values():
        shutil.copytree(site, new / version.name, ignore=shutil.ignore_patterns(".buildinfo*"))
        fill_pages(new / version.name, version, versions)
    write_root(new, versions)
    shutil.rmtree(tree, ignore_errors=True)
    new.rename(tree)
    return versions


def fill_pages(folder: Path, own: Version, versions: list[Version]) -> None:
    """Fill the gaps of all pages but 404.html, which is shown at addresses of any depth."""
    for page in sorted(own.pages - {"404.html"}):
        text = (folder / page).read_text("utf-8")
        (folder / page).write_text(fill(text, page, own, versions), "utf-8")


def write_root(tree: Path, versions: list[Version]) -> None:
    """Write what stands beside the versions; the first of them is where a visitor begins."""
    first = versions[0].name
    title = json.loads((tree / first / "outputs.json").read_text("utf-8"))["site"]["title"]
    (tree / "index.html").write_text(START.format(title=title, name=first), "utf-8")
    if (tree / first / "404.html").exists():
        shutil.copyfile(tree / first / "404.html", tree / "404.html")
    listed = [
        {"name": v.name, "version": v.package, "commit": v.commit, "date": v.date} for v in versions
    ]
    (tree / "versions.json").write_text(json.dumps(listed, indent=1) + "\n", "utf-8")
    (tree / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with _


def main(arguments: list[str]) -> str | None:
    """Assemble what is named; return what went wrong."""
    if len(arguments) < 2:
        return "usage: python -m versions TREE SITE [SITE …]"
    tree, *sites = map(Path, arguments)
    try:
        versions = assemble(tree, sites)
    except ValueError as error:
        return str(error)
    print(f"{tree}: {', '.join(version.name for version in versions)}")
    return None
