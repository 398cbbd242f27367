"""Say what went wrong in one line."""

import sys

from .tree import main

sys.exit(main(sys.argv[1:]))
