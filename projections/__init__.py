"""Views as pure folds of the log: one file a projection. Read `base` first, then any other file."""
