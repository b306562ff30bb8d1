"""What the real carrier does not have: routes under `/_sandbox/` to place calls, misbehave, step time, look inside."""
