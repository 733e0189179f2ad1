"""CoP: a community-of-practice server for sector-led council procurement."""

__version__ = "0.1.0"
