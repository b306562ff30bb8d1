"""Loading files of numbers: lists that others keep, our own list, and answers about reassigned numbers.

A file is read in pieces. Each piece is one transaction, which takes its numbers and moves the checkpoint: a worker
that dies loses the piece it was at, and the next one goes on from there; two at once do nothing twice. A copy of a
list is loaded beside the one in force, put in order, and comes into force whole, or not at all.
"""

from compliance.imports.accepting import BIGGEST_FILE, Refused, accept, cancel
from compliance.imports.clearing import clear_away
from compliance.imports.work import bring_on

__all__ = ["BIGGEST_FILE", "Refused", "accept", "bring_on", "cancel", "clear_away"]
