"""The settings of the tests: the product's own, with few lines changed."""

import os
from pathlib import Path

os.environ.setdefault("TWILIO_ACCOUNT_SID", "AC" + "0" * 31 + "1")
os.environ.setdefault("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef")
os.environ.setdefault("PUBLIC_URL", "https://voice.example.com")
os.environ.setdefault("OPENAI_API_KEY", "sk-test")

from contactcenter.settings import *  # noqa: F403

# The tests' own folder, which goes with their run. The type checker reads these settings too, and makes none each time.
_folder = Path(os.environ.get("TESTS_FOLDER") or BASE_DIR / "var" / "test" / "files")  # noqa: F405

if _seat := os.environ.get("TESTS_SEAT"):  # test processes that run at once have a database each
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_{_seat}"}  # noqa: F405
SECRET_KEY = "tests-only"
SPOOL_DIR = str(_folder / "spool" / (_seat or "only"))  # what one of them leaves is not for another's database
TAPES_DIR = str(_folder / "tapes")
STATIC_ROOT = _folder / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# A file is looked for when it is asked for; else each client of a test looks at all of them.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(_folder / "uploads")},
    },
    "recordings": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(_folder / "recordings")},
    },
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(_folder / "evidence")},
    },
}
