"""Stored uploads by content hash: their checks, their extracted text, what hides inside them.

Nothing is imported here on purpose: the child process that reads strangers' files imports this package, and must
not load the database or anything else it has no business with. `cop.files.wiring.register` wires the domain.
"""
