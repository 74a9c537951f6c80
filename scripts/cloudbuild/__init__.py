"""Cloud Build's files on this machine: checked, and run without the cloud."""
