"""`cop` and `python -m cop`. Ctrl-C is quiet from the first moment, before everything else is imported."""

# ruff: noqa: E402

from cop import interrupt

interrupt.leave_at_once()

from cop.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
