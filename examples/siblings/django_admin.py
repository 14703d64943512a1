"""An application of Django in one file:

gunicorn --preload django_admin:wsgi
uvicorn django_admin:asgi
"""

import logging

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

import asab_sentry

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only-for-the-example",
)
sentry = asab_sentry.init("siblings.conf", appclass="ShopAdmin")  # in settings.py of other projects
django.setup()

L = logging.getLogger("shop.admin")


def report(request: HttpRequest, day: str) -> HttpResponse:
    sentry.set_tag("tenant", "acme")
    L.info("Report asked for")
    raise RuntimeError(f"There is no report of {day}")


def order(request: HttpRequest, number: int) -> HttpResponse:
    from celery_orders import ship  # noqa: PLC0415  # only here

    ship.delay(number)
    return HttpResponse("enqueued")


def nothing(request: HttpRequest) -> HttpResponse:
    raise Http404("There is nothing")


urlpatterns = [path("report/<str:day>", report), path("order/<int:number>", order), path("nothing", nothing)]

wsgi = get_wsgi_application()
asgi = get_asgi_application()
