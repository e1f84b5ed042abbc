"""As little of Django as there can be: one application, one database, which the store shares."""

import os
from urllib.parse import parse_qs, urlsplit

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///mot-cua.db")
"""Where everything is: sqlite:///FILE or postgresql://user@host/database."""


def database(url: str) -> dict[str, object]:
    """Django's words for an address. In SQLite the host sees to durability: WAL, and every commit on the disk."""
    if url.startswith("sqlite:///"):
        pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
        options = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///"), "OPTIONS": options}
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    known = {"NAME": parts.path[1:], "USER": parts.username, "PASSWORD": parts.password, "HOST": host}
    return {"ENGINE": "django.db.backends.postgresql", "PORT": parts.port or "", **known}


SECRET_KEY = os.environ.get("SECRET_KEY", "chi-de-thu")
ALLOWED_HOSTS = ["localhost", "testserver"]
ROOT_URLCONF = "fees.urls"
INSTALLED_APPS = ["fees"]
DATABASES = {"default": database(DATABASE_URL)}
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
FLOWISO = {"allow_draft": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
