"""ExampleGen: strict, columnar ingestion of CSV files."""
