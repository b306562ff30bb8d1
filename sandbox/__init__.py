"""Stand-ins for the two vendors of a call, on loopback: the carrier (Twilio) and the model (OpenAI Realtime).

They stand on the far side of the wire. Nothing in here imports product code and no product code imports this
package; what joins them is HTTP and WebSocket, and two base URLs in the product's environment. They are strict:
what the real ones refuse is refused here too. `python -m sandbox` starts both; `docs/sandbox.md` is the manual.
"""
