"""The long-lived sockets: shells that do I/O and decide nothing."""
