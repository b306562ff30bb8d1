"""HTTP in: verify, parse, record the fact, answer."""
