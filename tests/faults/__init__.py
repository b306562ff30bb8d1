"""`make faults`: what the product must survive, each case driven by a seed and held against its goals."""
