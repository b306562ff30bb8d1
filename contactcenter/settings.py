"""Settings of the whole product, from the environment and `.env`; each variable is in `.env.example`, docs/settings.md.

A missing required variable stops the start, and all missing ones are named at once.
"""

import hashlib
import os
import sys
import zoneinfo
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from contactcenter import serving

BASE_DIR = Path(__file__).resolve().parent.parent


class _Env(environ.Env):
    """The environment with `.env` beneath it; an empty variable counts as not set."""

    ENVIRON: ClassVar[dict[str, str]] = dict(os.environ)


_Env.read_env(BASE_DIR / ".env")
_Env.ENVIRON = {name: value for name, value in _Env.ENVIRON.items() if value}
env = _Env()

_missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not env(name, default="")]
if _missing:
    raise ImproperlyConfigured(
        f"Set {' and '.join(_missing)}, or use `make demo`, `make serve` or `make manage`: they bring the stores."
    )

# --- who and where -----------------------------------------------------------------------------------------------
SECRET_KEY = env("SECRET_KEY", default="development-only-secret-key-not-for-any-public-address")
# The first encrypts, each decrypts. Without keys of their own they come from SECRET_KEY, which is for development.
FIELD_KEYS = env.list("FIELD_KEYS", default=[SECRET_KEY])
LOOKUP_KEY = env("LOOKUP_KEY", default=SECRET_KEY)
SIGNING_KEY = env("SIGNING_KEY", default=SECRET_KEY)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
BANNER = env("BANNER", default="")
if (_public_host := urlsplit(PUBLIC_URL).hostname) and _public_host not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_public_host)
IS_HTTPS = PUBLIC_URL.startswith("https://")

# --- the carrier --------------------------------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = env("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env("TWILIO_AUTH_TOKEN", default="")
TWILIO_AUTH_TOKEN_SECONDARY = env("TWILIO_AUTH_TOKEN_SECONDARY", default="")
TWILIO_API_KEY = env("TWILIO_API_KEY", default="")
TWILIO_API_SECRET = env("TWILIO_API_SECRET", default="")
TWILIO_API_BASE = env("TWILIO_API_BASE", default="").rstrip("/")
TWILIO_REGION = env("TWILIO_REGION", default="")
TWILIO_EDGE = env("TWILIO_EDGE", default="")
SOFTPHONE_SOCKET_URL = env("SOFTPHONE_SOCKET_URL", default="")
TASKROUTER_WORKFLOW_SID = env("TASKROUTER_WORKFLOW_SID", default="")
FALLBACK_NUMBER = env("FALLBACK_NUMBER", default="")
WHATSAPP_FALLBACK = env("WHATSAPP_FALLBACK", default="")
DEFAULT_REGION = env("DEFAULT_REGION", default="US")
PAY_CONNECTOR = env("PAY_CONNECTOR", default="")
CAPTURE_CHECK = env("CAPTURE_CHECK", default="")
TOOL_ALLOWED_HOSTS = frozenset(env.list("TOOL_ALLOWED_HOSTS", default=[]))  # host:port pairs that may be private
EXAMPLE_TOOLS_URL = env("EXAMPLE_TOOLS_URL", default="").rstrip("/")
DIAL_REGIONS = env.list("DIAL_REGIONS", default=["US", "PR", "GU", "VI", "AS", "MP"])

# --- processes ----------------------------------------------------------------------------------------------------
ASGI_SERVER = env("ASGI_SERVER", default="uvicorn")
WEBSOCKETS = env("WEBSOCKETS", default="websockets")
try:
    serving.check_websockets(WEBSOCKETS)
except serving.UnknownServer as problem:
    raise ImproperlyConfigured(str(problem)) from None
BRIDGES = env.int("BRIDGES", default=2)
BRIDGE_NAME = env("BRIDGE_NAME", default="")  # set by the bridges' parent; empty in a process that is no bridge
BRIDGE_CALLS = env.int("BRIDGE_CALLS", default=100)
DRAIN_S = env.float("DRAIN_S", default=30.0)
ANSWER_LIMIT_S = env.float("ANSWER_LIMIT_S", default=0.7)
if not 0 < ANSWER_LIMIT_S <= 5:  # the carrier itself waits for 15 s, and the caller hears it ring meanwhile
    raise ImproperlyConfigured("ANSWER_LIMIT_S must be a number of seconds up to 5")
SIDEBANDS = env.int("SIDEBANDS", default=2)
BRIDGE_RECORDING = env("BRIDGE_RECORDING", default="off")
if BRIDGE_RECORDING not in ("off", "spare", "always"):
    raise ImproperlyConfigured("BRIDGE_RECORDING must be off, spare or always")

# --- the model ----------------------------------------------------------------------------------------------------
OPENAI_API_KEY = env("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env("OPENAI_BASE_URL", default="https://api.openai.com/v1").rstrip("/")
OPENAI_PROJECT_ID = env("OPENAI_PROJECT_ID", default="")
OPENAI_SIP_HOST = env("OPENAI_SIP_HOST", default="sip.api.openai.com")
OPENAI_SIP_EDGE = env("OPENAI_SIP_EDGE", default="")
# One, or while it is being changed the new one and the old, with a comma between.
OPENAI_WEBHOOK_SECRETS = env.list("OPENAI_WEBHOOK_SECRET", default=[])
OPENAI_MODEL = env("OPENAI_MODEL", default="gpt-realtime-2.1")
OPENAI_TEXT_MODEL = env("OPENAI_TEXT_MODEL", default="gpt-4.1-mini")
OPENAI_EMBEDDING_MODEL = env("OPENAI_EMBEDDING_MODEL", default="text-embedding-3-small")
OPENAI_VOICE = env("OPENAI_VOICE", default="marin")

# --- applications -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Before staticfiles: gives `runserver` its ASGI server. It brings Twisted along, which nobody else needs.
    *(["daphne"] if "runserver" in sys.argv else []),
    "contactcenter.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its templates, for those of ours that stand before them
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_filters",
    "django_celery_beat",
    "csp",
    "contactcenter.apps.Roof",
    "calls",
    "agents",
    "compliance",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "contactcenter.urls"
ASGI_APPLICATION = "contactcenter.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "contactcenter.dashboard.cards.page",
            ],
            "builtins": [
                "contactcenter.dashboard.words",
                "contactcenter.dashboard.people_words",
                "contactcenter.dashboard.recording_words",
                "contactcenter.dashboard.supervision_words",
                "contactcenter.dashboard.follow_up_words",
                "contactcenter.dashboard.campaigns.words",
                "contactcenter.dashboard.persons.words",
                "contactcenter.dashboard.disclosed",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- stores -------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool keeps connections
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "pool": {"min_size": 1, "max_size": 20, "timeout": 2},
        "options": "-c statement_timeout=15000 -c lock_timeout=5000",
        "connect_timeout": 2,
    }
)


def _spool_of(folder: str, database: dict[str, Any]) -> str:
    """The folder of what one database has not got yet: what was meant for one must not be written into another."""
    options = database.get("OPTIONS", {})
    where = (database["HOST"] or options.get("host"), database["PORT"] or options.get("port"), database["NAME"])
    return str(Path(folder) / hashlib.sha256(repr([str(part or "") for part in where]).encode()).hexdigest()[:12])


# By database too, and of one machine: what its bridges have recorded and its worker has not looked at yet.
TAPES_DIR = _spool_of(env("TAPES_DIR", default=str(BASE_DIR / "var" / "tapes")), DATABASES["default"])
SPOOL_DIR = _spool_of(env("SPOOL_DIR", default=str(BASE_DIR / "var" / "spool")), DATABASES["default"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1, "socket_timeout": 5}],
            # Published messages cross database numbers: two installations on one server are kept apart by name.
            "prefix": f"contactcenter{urlsplit(REDIS_URL).path.strip('/') or '0'}",
        },
    }
}
RECORDINGS_URL = env("RECORDINGS_URL", default=f"file://{BASE_DIR / 'var' / 'recordings'}")
UPLOADS_URL = env("UPLOADS_URL", default=f"file://{BASE_DIR / 'var' / 'uploads'}")
EVIDENCE_URL = env("EVIDENCE_URL", default=f"file://{BASE_DIR / 'var' / 'evidence'}")


def _storage(url: str, *, variable: str) -> dict[str, object]:
    """`file:///folder` keeps files on disk, `s3://bucket/prefix?endpoint=…&region=…` in S3."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": parts.path}}
    if parts.scheme == "s3":
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": parts.netloc,
                "location": parts.path.strip("/"),
                "endpoint_url": query.get("endpoint"),
                "region_name": query.get("region"),
                "default_acl": None,
                "querystring_auth": True,
                "querystring_expire": 300,
                "file_overwrite": False,
                "max_memory_size": 8_388_608,  # what is larger is read by way of the disk
            },
        }
    raise ImproperlyConfigured(f"{variable} must begin with file:// or s3://")


STORAGES = {
    "default": _storage(UPLOADS_URL, variable="UPLOADS_URL"),  # files that people send, until a worker has read them
    "recordings": _storage(RECORDINGS_URL, variable="RECORDINGS_URL"),
    "evidence": _storage(EVIDENCE_URL, variable="EVIDENCE_URL"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},  # after `collectstatic`
}
# The carrier plays what it is told to be sound, and the system's own table may not know this one.
WHITENOISE_MIMETYPES = {".wav": "audio/wav"}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# --- Celery -------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TASK_PUBLISH_RETRY = False  # a task is a hint: the row in the database is the truth, a sweep finds it
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SYNC_EVERY = 1  # keep the time of each run at once: Health tells from it whether beat lives
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# --- people who sign in -------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "contactcenter.accounts.StaffOnly"
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "floor"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
globals().update(env.email("EMAIL_URL", default="consolemail://"))

# --- the browser --------------------------------------------------------------------------------------------------
# Where an agent's browser connects to for its softphone: the one socket of the settings, or the carrier's own hosts.
# https://www.twilio.com/docs/voice/sdks/javascript/best-practices#content-security-policy
SOFTPHONE_ORIGINS = (
    ["/".join(SOFTPHONE_SOCKET_URL.split("/")[:3])]
    if SOFTPHONE_SOCKET_URL
    else ["https://*.twilio.com", "wss://*.twilio.com", "https://media.twiliocdn.com"]
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- words and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
# The clocks of the installed package, not those of the machine, whose copy may be years old: people are called by them.
zoneinfo.reset_tzpath([])
zoneinfo.ZoneInfo.clear_cache()

# --- logs ---------------------------------------------------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="INFO").upper()
LOGGING_CONFIG = "contactcenter.logs.configure"
LOGGING = {"level": LOG_LEVEL}
