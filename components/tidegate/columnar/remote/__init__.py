"""Data files in a store such as a bucket, as files of this machine."""
