"""The settings of the tests: the product's own, with few lines changed."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TWILIO_ACCOUNT_SID", "AC" + "0" * 31 + "1")
os.environ.setdefault("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef")
os.environ.setdefault("PUBLIC_URL", "https://voice.example.com")
os.environ.setdefault("OPENAI_API_KEY", "sk-test")

from contactcenter.settings import *  # noqa: F403

SECRET_KEY = "tests-only"
SPOOL_DIR = tempfile.mkdtemp(prefix="spool-")
TAPES_DIR = tempfile.mkdtemp(prefix="tapes-")
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="static-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tempfile.mkdtemp(prefix="recordings-")},
    },
}
