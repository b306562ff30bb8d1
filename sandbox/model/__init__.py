"""The model stand-in: an OpenAI Realtime API (GA shapes) over WebSocket that answers from a script, on loopback."""
