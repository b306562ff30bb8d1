"""What we may dial, say, record and keep. Knows nothing of calls."""
