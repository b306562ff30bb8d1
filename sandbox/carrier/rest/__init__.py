"""The carrier's REST API, version 2010-04-01: calls, recordings and incoming phone numbers of one account."""
