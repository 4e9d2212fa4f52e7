"""The page Training: runs that are logged by `innerview`, watched, searched and compared."""
