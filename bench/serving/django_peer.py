"""Django admin's list of the same table, for whoever is signed in."""

import os
import sys

import django
import sqlalchemy as sa
from django.conf import settings
from shape import COLUMNS, DATABASE, SIZE, TABLE

url = sa.make_url(DATABASE)
SQLITE = url.get_backend_name() == "sqlite"
settings.configure(
    SECRET_KEY="a key of the benchmark", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3" if SQLITE else "django.db.backends.postgresql",
        "NAME": url.database, "USER": url.username or "", "PASSWORD": url.password or "",
        "HOST": url.query.get("host", url.host) or "", "PORT": str(url.port or ""), "CONN_MAX_AGE": 600,
    }},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
        "context_processors": ["django.template.context_processors.request",
                               "django.contrib.auth.context_processors.auth",
                               "django.contrib.messages.context_processors.messages"]}}],
)  # fmt: skip
django.setup()

from django.contrib import admin  # noqa: E402 - Django wants to be set up first
from django.db import models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Party(models.Model):
    code, name, kind, email, phone = (models.CharField(max_length=200, null=True) for _ in COLUMNS)

    class Meta:
        app_label, db_table, managed = "auth", TABLE, False


@admin.register(Party)
class Parties(admin.ModelAdmin):
    list_display, list_per_page, ordering = COLUMNS, SIZE, ("code",)


def sign_in(request):
    from django.contrib.auth import login
    from django.contrib.auth.models import User

    login(request, User.objects.get(username="bench"))
    return HttpResponse(status=204)


urlpatterns = [path("sign-in", sign_in), path("admin/", admin.site.urls)]

if "prepare" in sys.argv:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("bench", "", os.urandom(8).hex())
else:
    from django.core.wsgi import get_wsgi_application

    app = get_wsgi_application()
