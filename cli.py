"""`python cli.py ...` from a checkout: the same as the installed command `flowiso`."""

from flowiso.cli import main

if __name__ == "__main__":
    main()
