"""What model servers are told of the champion and the canary."""
