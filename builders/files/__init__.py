"""Raw files: where they are, and lazy readers of each format. Nothing here knows a data set."""
