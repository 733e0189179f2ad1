"""The library: knowledge assets with their versions, licence and audience, from draft to published.

Nothing is imported here, so that the vocabulary can be read without loading pages; `cop.library.wiring` wires it.
"""
