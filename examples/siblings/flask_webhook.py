"""A webhook of Flask:

gunicorn --workers 2 flask_webhook:app
"""

import logging

import flask

import asab_sentry

sentry = asab_sentry.init("siblings.conf", appclass="ShopWebhook")

L = logging.getLogger("shop.webhook")
app = flask.Flask(__name__)


@app.post("/orders/<number>")
def order(number: str) -> dict[str, str]:
    sentry.set_tag("order", number)
    L.info("Order received")
    if not number.isdigit():
        raise ValueError(f"No number: {number}")
    return {"order": number}


@app.get("/gone")
def gone() -> None:
    flask.abort(410)
