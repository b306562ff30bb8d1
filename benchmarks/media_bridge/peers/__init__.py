"""What the product is compared with. Each file is a program of its own, for a Python that has what it needs."""
