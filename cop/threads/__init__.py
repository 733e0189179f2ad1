"""Threads: written discussion in a team, post by post, live while one reads."""
