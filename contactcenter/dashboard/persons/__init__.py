"""The screens of people: search, and what we know of the owner of a number and may do about it."""
