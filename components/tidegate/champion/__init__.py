"""Champion: the model that is served now, for the next one to be held against."""
