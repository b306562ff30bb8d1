"""The roof as Django applications: the roles, and the admin site under our name."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

from contactcenter.celery import app as celery_app

__all__ = ["Admin", "Roof", "celery_app"]  # every process that loads Django sends its tasks to our broker


class Admin(AdminConfig):
    """Django's admin, titled, grouped by trade, and signed into through the same door as the dashboard."""

    default_site = "contactcenter.admin_site.Site"


class Roof(AppConfig):
    """Wiring; owns no tables."""

    name = "contactcenter"
    verbose_name = "Contact centre"

    def ready(self) -> None:
        """Make the groups after every migration: after the last application's, when all permissions exist."""
        from contactcenter import checks  # noqa: F401  (registers them)
        from contactcenter.accounts import make_groups  # models cannot be imported before this point

        post_migrate.connect(make_groups, sender=apps.get_app_config("compliance"))
