"""A module of the service."""

import json

import aiohttp
import fastjsonschema


class PriceError(LookupError):
    pass


def read(text):
    return json.loads(text)


def today(number):
    return read(f"[{number}, {number}")


def tomorrow(number):
    return read("{" + str(number))


async def fetch(port):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/prices") as response:
        return await response.json()


async def checked(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        response.raise_for_status()


is_price = fastjsonschema.compile(
    {"type": "object", "required": ["price"], "properties": {"price": {"type": "number"}}}
)


def check(price):
    return is_price(price)


def check_all(prices):
    return [check(price) for price in prices]


def notify(future):
    raise PriceError(f"nobody wants {future.result()}")


def count(number):
    return number / 0


def recount(number):
    raise PriceError(f"{number} articles differ")


async def poll(number):
    raise PriceError(f"no answer to {number}")


def refresh(number):
    raise PriceError(f"list {number} is empty")


def invoice(number):
    raise PriceError(f"bill {number} has no lines")
