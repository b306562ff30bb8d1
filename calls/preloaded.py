"""Loaded once into the process that runs of tools are forked from: Django, and everything tools stand on."""

import django

django.setup()

from calls import tools  # noqa: E402, F401  (models cannot be imported before Django is set up)
