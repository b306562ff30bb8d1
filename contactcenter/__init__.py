"""The roof: wiring, settings and the supervisor's screens. Imported by nobody."""

from contactcenter.celery import app as celery_app

__all__ = ["celery_app"]  # so that every process that loads Django sends its tasks to our broker
