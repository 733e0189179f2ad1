"""The HTTP edge: where a request becomes an actor, a transaction and typed values, and errors become pages."""
