"""Who may take a call: assistants (machines) and the people they hand over to."""
