"""`python -m mingjian.cli`."""

from mingjian.cli import main

main()
