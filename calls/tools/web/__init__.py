"""Asking servers of the business over HTTP: what is sent, how it gets there, and what is told of what comes back."""
