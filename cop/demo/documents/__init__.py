"""Makes the demonstration's real office files from Markdown and Python: run by hand, through `cop.demo.build_files`."""
