"""`python -m overheal.cli` is the command too."""

from overheal.cli.entry import main

main()
