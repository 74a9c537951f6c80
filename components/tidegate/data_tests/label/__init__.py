"""What labels are, how often they come, and what features tell of them. Pure."""
