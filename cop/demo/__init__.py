"""The demonstration community: what it says (content, files) and how it is loaded and shown."""
