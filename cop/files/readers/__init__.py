"""One reader for each format: a stream in, text out. They run only in the child process (`extract_child`)."""
