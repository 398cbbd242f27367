"""What a reader can keep of a built site: `python -m keep SITE EPUB`.

In the order in which they are made: `book` prints the chapters as one PDF, the EPUB that Sphinx
made is put beside it, and `archive` packs the whole site with both.
"""
