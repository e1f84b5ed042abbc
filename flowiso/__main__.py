"""`python -m flowiso ...`: the same as the installed command `flowiso`."""

from .cli import main

if __name__ == "__main__":
    main()
