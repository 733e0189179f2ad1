"""Long runs: kill -9 while writing, many sockets, hostile input at length, and what grows meanwhile."""
