"""`make drill`: live calls of the sandbox on the product as production runs it, while bridges are ended on purpose."""
