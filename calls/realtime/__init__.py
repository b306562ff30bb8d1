"""OpenAI's Realtime API on the wire: the only room that knows its events and its socket."""
