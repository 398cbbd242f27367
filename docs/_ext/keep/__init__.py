"""What a reader can keep of a built site: `python -m keep SITE EPUB`.

In the order in which they are made: `book` puts the essay together as one page and `printing` makes
it a PDF, `epub` mends the EPUB that Sphinx made, and `archive` packs the whole site with both.
"""
