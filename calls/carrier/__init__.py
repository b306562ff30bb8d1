"""Twilio on the wire: the only room that imports `twilio`."""
