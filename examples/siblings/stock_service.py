"""A service of ASAB, which the tasks of Celery ask:

python stock_service.py -c siblings.conf
"""

import os

import aiohttp.web
import asab
import asab.web
import asab.web.rest

import asab_sentry


class StockService(asab.Application):
    def __init__(self) -> None:
        super().__init__(modules=[asab.web.Module])
        self.SentryService = asab_sentry.SentryService(self)
        container = asab.web.WebContainer(
            self.get_service("asab.WebService"), "stock", config={"listen": os.environ.get("STOCK_LISTEN", "8080")}
        )
        container.WebApp.middlewares.append(asab.web.rest.JsonExceptionMiddleware)
        container.WebApp.router.add_get("/stock/{number}", self.stock)

    async def stock(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        number = int(request.match_info["number"])
        if number > 100:
            raise LookupError(f"There is no article {number}")
        return asab.web.rest.json_response(request, {"number": number})


if __name__ == "__main__":
    StockService().run()
