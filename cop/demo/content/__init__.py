"""The words of the demonstration community: people, teams, threads and assets, written by hand as TOML and Markdown."""
