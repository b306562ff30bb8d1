"""Verbs on live calls: the same for buttons, tools and sweeps. They ask; facts move the state."""
