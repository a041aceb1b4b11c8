"""`python -m dblint` is `dblint`."""

from dblint.cli import main

main()
