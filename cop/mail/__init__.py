"""Outgoing mail: what has to be sent, how a letter is written, the links in it, and the way out of the house."""
