"""Typed builders: a test says what it needs and nothing else; everything goes through the real services."""
