"""The tests: unit, integration (both databases), live (real sockets), browser, architecture, bench."""
