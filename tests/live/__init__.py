"""The live edge, over real servers and real sockets."""
