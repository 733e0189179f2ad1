"""`python -m cop` is the `cop` command."""

from cop.cli import main

main()
