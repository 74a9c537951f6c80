"""What an evaluation leaves beside TFMA's files: the scored rows, and facts."""
