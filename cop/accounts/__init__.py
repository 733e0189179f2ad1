"""Organisations, people, sessions and standing."""
