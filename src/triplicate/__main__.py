"""`python -m triplicate` is the command line."""

from triplicate.cli import main

main()
