"""Gate: reads test reports and fails the run when a test failed."""
