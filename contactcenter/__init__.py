"""The roof: wiring, settings and the supervisor's screens. Imported by nobody."""
