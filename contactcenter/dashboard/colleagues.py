"""The people who sign in, as lists and forms name them."""

from django.contrib.auth.models import User
from django.db.models import QuerySet

_BACKEND = "django.contrib.auth.backends.ModelBackend"


def who_follow_up() -> QuerySet[User]:
    """Everybody who may work through messages and callbacks, by name."""
    able = User.objects.with_perm("calls.handle_callback", backend=_BACKEND, include_superusers=False)
    return able.order_by("first_name", "last_name", "email")


def name_of(person: User) -> str:
    """A person's name, or the address they sign in with."""
    return person.get_full_name() or person.email


def chosen(key: str) -> tuple[User | None, bool]:
    """Whom a form names, None for nobody; and whether that is somebody who may be named."""
    if not key:
        return None, True
    person = who_follow_up().filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    return person, person is not None
