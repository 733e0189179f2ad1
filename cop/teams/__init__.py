"""Task-and-finish teams: charter, people and the function each brings, and the steps of a team's life."""
