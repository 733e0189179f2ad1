"""Search: one box over everything a person may see. Documents come from higher domains, which register sources."""
