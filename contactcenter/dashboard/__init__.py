"""The supervisor's screens: the one room that sees every application."""
