"""The screens of compliance: lists that others keep, our own list, answers about reassigned numbers, and imports."""
