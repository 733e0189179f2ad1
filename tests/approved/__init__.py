"""Lists that somebody looked at and approved; tests compare them with what the program does now."""
