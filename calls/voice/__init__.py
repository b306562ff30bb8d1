"""The conversation between a caller and a model, without sockets, clock, database or framework.

A shell feeds messages in (`from_carrier`, `from_model`, `from_tool`, `from_supervisor`) and performs what
`effects()` returns. Time is the carrier's media time: milliseconds since the stream began.
"""
