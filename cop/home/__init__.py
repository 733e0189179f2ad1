"""Pages that stand above all domains: home, the style guide, the standing pages, health."""
