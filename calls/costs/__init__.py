"""What calls cost, and what follows from it: pure. Usage and dated rates go in, exact money comes out.

Money is in micro-dollars, as a Decimal that is never rounded: a price in dollars for a million tokens is the price of
one token in micro-dollars. What has no price is said so, and never counts as nothing.
"""
