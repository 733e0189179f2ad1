"""Running a server: a backup of everything, its restore, and a doctor who says what is wrong and how to mend it."""
