"""A stand-in for the telephone carrier: numbers, calls, TwiML, media streams, recordings, REST, simulated callers."""
