"""Set-up of the environment that every make target runs in: stdlib only."""
