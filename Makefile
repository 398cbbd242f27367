# make site    build the site: every chapter and gallery script runs, then the pages are made
# make site PYODIDE=folder   the same, with the Python that Run starts in the site itself
# make pyodide     fetch such a folder, _build/pyodide, by npm (it lacks NumPy's wheel)
# make keep    the site, with copies of it to keep: one archive, an EPUB, and a PDF of the essay
# make test    run every docstring, chapter, gallery script and test, three at a time; TESTS=essay runs a part
# make serve   build the site and serve it on this machine
# make bench   hold tiled attention against its targets; minutes, saved in _build/bench
# make linkcheck   follow every link to the outside
# make publish-preview   two versions of the site in one tree, _build/preview, as it is published
# make retire ID=… WHY='…' SUCCESSOR=…   take back a published output, and say so
# make clean   remove what the build made (not .venv)

PYTHON ?= python3
VENV   ?= .venv
PY     ?= $(VENV)/bin/python
PORT   ?= 8000

READY  := $(VENV)/ready
SPHINX  = $(PY) -m sphinx -n -W -q -j auto -d _build/doctrees
PIP     = $(PY) -m pip --disable-pip-version-check

ANOTHER = give another one: make $(or $(MAKECMDGOALS),site) PYTHON=python3.12

.PHONY: site keep pyodide test serve bench linkcheck publish-preview retire clean

# A page read with a warning is not read again while it stays the same, so a second build would
# pass over the fault in silence: a failed build forgets what it has read.
site: $(READY)
	@echo "Building the site: the chapters run first, then the gallery."
	@$(SPHINX) . _build/html || { rm -rf _build/doctrees; exit 1; }
	@echo "Built. Open _build/html/index.html in a browser."

keep: site
	@$(SPHINX) -b epub . _build/epub
	@PYTHONPATH=docs/_ext $(PY) -m keep _build/html _build/epub/*.epub

# Unpacked beside its place and then moved there, so that it is whole or not there.
pyodide: VERSION = $(shell sed -n 's/.*"version": "\(.*\)".*/\1/p' docs/_ext/run_in_page/pyodide.json)
pyodide:
	@rm -rf _build/pyodide _build/pyodide.new && mkdir -p _build/pyodide.new
	@cd _build/pyodide.new && npm pack --silent pyodide@$(VERSION) >/dev/null && tar -xzf *.tgz
	@mv _build/pyodide.new/package _build/pyodide && rm -r _build/pyodide.new

# Three, for a test that looks at a page in a browser waits for most of its time. The order is that
# of tests/conftest.py.
test: $(READY)
	@$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)

serve: site
	@echo "Serving the site at http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

bench: $(READY)
	@$(PY) -m microattention.bench _build/bench

linkcheck: $(READY)
	@$(PY) -c 'from urllib.request import urlopen; urlopen("https://www.sphinx-doc.org/", timeout=20)' \
	  2>/dev/null || { echo "There is no network here: no link was followed." >&2; exit 1; }
	@$(SPHINX) -b linkcheck . _build/linkcheck

# Both are of this tree, one of them under the name of an older release. What was read for one
# version serves for the next.
PREVIEWED ?= v0.0 latest
publish-preview: $(READY)
	@for name in $(PREVIEWED); do \
	  echo "Building $$name."; \
	  SITE_URL=http://127.0.0.1:$(PORT) SITE_VERSION=$$name \
	    $(SPHINX) . _build/versions/$$name || { rm -rf _build/doctrees; exit 1; }; done
	@PYTHONPATH=docs/_ext $(PY) -m versions _build/preview $(PREVIEWED:%=_build/versions/%)
	@echo "To read it: $(PY) -m http.server --bind 127.0.0.1 --directory _build/preview $(PORT)"

# What is given on the command line reaches the shell as it is, whatever is in the sentence.
retire: $(READY)
	@PYTHONPATH=docs/_ext $(PY) -m outputs.ledger retire "$$ID" "$$WHY" "$$SUCCESSOR"

clean:
	rm -rf _build auto_gallery sg_execution_times.rst

# The stamp is written last, so an installation that was interrupted is begun again.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 or newer is wanted and there is no $(PYTHON) here; $(ANOTHER)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is wanted and $(PYTHON) is $$($(PYTHON) -V 2>&1); $(ANOTHER)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) lacks its venv module (on Debian: apt install python3-venv); or $(ANOTHER)" >&2; exit 1; }
	@echo "Installing into $(VENV), once; this takes a minute or two."
	@rm -f $@
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet -c constraints.txt -e '.[test]'
	@touch $@
