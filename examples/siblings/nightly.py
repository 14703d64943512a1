"""A script that runs each night:

python nightly.py prices.csv
"""

import logging
import pathlib
import sys

import asab_sentry

sentry = asab_sentry.init("siblings.conf", appclass="ShopNightly")

L = logging.getLogger("shop.nightly")


def main(path: str) -> int:
    with sentry.monitor("shop-nightly", "0 3 * * *"), sentry.transaction("task", "nightly"):
        L.info("Import begins")
        lines = pathlib.Path(path).read_text().splitlines()
        for number, line in enumerate(lines):
            L.info("Line %s", number)
            float(line.partition(";")[2])
    return len(lines)


if __name__ == "__main__":
    main(sys.argv[1])
