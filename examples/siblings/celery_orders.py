"""Tasks of Celery, with the file system as their broker:

celery --app celery_orders worker --concurrency 2
celery --app celery_orders beat
"""

import os
import pathlib
import urllib.request

import celery

import asab_sentry

sentry = asab_sentry.init("siblings.conf", appclass="ShopOrders")

BROKER = pathlib.Path(os.environ.get("ORDERS_BROKER", "broker")).absolute()
BROKER.mkdir(exist_ok=True)
STOCK = os.environ.get("STOCK_URL", "http://localhost:8080")

app = celery.Celery("orders", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": BROKER, "data_folder_out": BROKER}
app.conf.beat_schedule = {
    "every-minute": {"task": "celery_orders.count", "schedule": 60.0},
    "quietly": {"task": "celery_orders.quiet", "schedule": 60.0},
}
app.conf.beat_schedule_filename = str(BROKER.parent / "beat-schedule")


@app.task
def ship(number: int) -> str:
    sentry.set_tag("order", str(number))
    with urllib.request.urlopen(f"{STOCK}/stock/{number}") as answer:
        return str(answer.read().decode())


@app.task
def fail(number: int) -> None:
    amount = number * 3
    raise ValueError(f"Order {number} of {amount} cannot be shipped")


@app.task(bind=True, max_retries=2, default_retry_delay=0.1)
def again(self: celery.Task) -> None:
    try:
        raise ConnectionError("The carrier is away")
    except ConnectionError as error:
        raise self.retry(exc=error) from error


@app.task(ignore_result=True)
def forget() -> None:
    raise LookupError("Nobody asks for the result")


@app.task
def count() -> int:
    return 1


@app.task
def quiet() -> int:
    return 1
