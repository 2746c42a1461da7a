"""The web framework's settings. What a house may set comes from the environment; docs/console.md has the table."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.functional import SimpleLazyObject

from mingjian.console.home import home, secret


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _origin(address: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(address))


DEMO = _flag("MINGJIAN_DEMO")
TLS = _flag("MINGJIAN_TLS")
"""The console is reached over HTTPS: cookies are sent over nothing else."""
SECOND_FACTOR_REQUIRED = _flag("MINGJIAN_SECOND_FACTOR")
"""Nobody of the house works without a second factor."""
TRUSTED_PROXIES = int(os.environ.get("MINGJIAN_PROXIES", "0"))
"""How many reverse proxies stand before the console and add to X-Forwarded-For."""
UPLOAD_LIMIT = int(os.environ.get("MINGJIAN_UPLOAD_MB", "1024")) * 1024 * 1024
"""Bytes of one upload with all its files."""
HOUSE = os.environ.get("MINGJIAN_HOUSE", "")
"""The name of who runs the console and answers for the personal data in it."""
CONTACT = os.environ.get("MINGJIAN_CONTACT", "")
"""The e-mail address or telephone number for questions about personal data."""
LAKE = Path(os.environ["MINGJIAN_LAKE"]).absolute() if os.environ.get("MINGJIAN_LAKE") else None
"""The folder of the lake that the house's fleet fills; none where there is none."""
FLEET_DATABASE = os.environ.get("MINGJIAN_FLEET_DATABASE", "")
"""The database of the cluster that fills it; empty where one machine does."""
WEBHOOKS_INSIDE = _flag("MINGJIAN_WEBHOOKS_INSIDE")
"""Webhooks may lead into private networks and need no TLS."""

SECRET_KEY = SimpleLazyObject(lambda: secret("web"))
DEBUG = False
ALLOWED_HOSTS = [name for name in os.environ.get("MINGJIAN_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if name]
CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in ALLOWED_HOSTS if TLS and name != "*"]

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        os.environ.get("MINGJIAN_DATABASE") or f"sqlite:///{home() / 'console.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
ON_POSTGRESQL = DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
if ON_POSTGRESQL:
    # Compiling a query that shows fifty rows takes longer than the query.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
else:
    # A writer takes its lock at the beginning, so that two of them wait for each other and do not fail in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "mingjian.console.accounts",
    "mingjian.console.audit",
    "mingjian.console.work",
    "mingjian.console.market",
    "mingjian.console.inspections",
    "mingjian.console.cases",
    "mingjian.console.portal",
    "mingjian.console.complaints",
    "mingjian.console.notices",
    "mingjian.console.fleet",
    "mingjian.console.figures",
    "mingjian.console.api",
    "mingjian.console.pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "ninja",
]
if ON_POSTGRESQL:
    INSTALLED_APPS.append("procrastinate.contrib.django")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "mingjian.console.admission.CharactersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mingjian.console.api.faults.MethodsMiddleware",
    "mingjian.console.access.AccessMiddleware",
    # The last two in this order: nobody whom the door refuses is read, and nothing too large is.
    "mingjian.console.admission.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mingjian.console.urls"
WSGI_APPLICATION = "mingjian.console.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mingjian.console.pages.context.page",
            ],
            "builtins": ["mingjian.console.pages.templatetags.texts"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
if DEMO:
    AUTHENTICATION_BACKENDS.append("mingjian.console.demo.people.DemoBackend")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "mingjian.console.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ADAPTER = "mingjian.console.accounts.adapter.SocialAccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 24 * 3600
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
OIDC_ISSUER = os.environ.get("MINGJIAN_OIDC_ISSUER", "").rstrip("/")
"""The address of the identity provider by which people of the house may sign in; empty for none."""
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "house",
                "name": os.environ.get("MINGJIAN_OIDC_NAME", "OIDC"),
                "client_id": os.environ.get("MINGJIAN_OIDC_CLIENT", ""),
                "secret": os.environ.get("MINGJIAN_OIDC_SECRET", ""),
                "settings": {"server_url": f"{OIDC_ISSUER}/.well-known/openid-configuration"},
            }
        ],
    }
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "mingjian.console.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Mingjian"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "mingjian.console.address.address"
AXES_USERNAME_CALLABLE = "mingjian.console.accounts.lockout.name"
AXES_LOCKOUT_CALLABLE = "mingjian.console.accounts.lockout.locked"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache", "TIMEOUT": 3600}}

FORM_RENDERER = "mingjian.console.pages.forms.Renderer"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 64

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # The way to the identity provider begins with a form, and a browser counts the redirects that follow.
        "form-action": [SELF, *([_origin(OIDC_ISSUER)] if OIDC_ISSUER else [])],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
