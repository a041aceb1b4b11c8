"""Who waits: locks, rewrites, scans, long transactions."""
