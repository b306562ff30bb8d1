"""Tables and models agree: every change of a model comes with its migration."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.house import tree


def test_no_model_has_changed_without_a_migration() -> None:
    """What `makemigrations --check` asks, without a database."""
    loader = MigrationLoader(None)
    wanted = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    missing = {app: [str(one) for one in wanted[app][0].operations] for app in tree.PRODUCT if app in wanted}
    assert missing == {}


def test_migrations_form_one_line_per_app() -> None:
    assert MigrationLoader(None).detect_conflicts() == {}
