"""/openapi.json: what the routes say of themselves. It is asked for without a key, so it is made once and kept as bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from .asking import json_bytes
from .schemas import ProblemTold

PATH: Final = "/openapi.json"
_PLACES: Final = 16
"""For how many places where an app is mounted the bytes are kept."""


def describe(app: FastAPI) -> None:
    """Have `app` answer its description; `app.openapi` gives it too, as it was when it was first asked for."""
    made = cache(partial(_described, app.openapi))
    app.openapi = made  # type: ignore[method-assign]

    @lru_cache(_PLACES)
    def encoded(root: str) -> bytes:
        return json_bytes({**made(), "servers": [{"url": root}]} if root else made())

    async def told(request: Request) -> Response:
        return Response(encoded(request.scope.get("root_path", "").rstrip("/")), media_type="application/json")

    app.add_route(PATH, told, include_in_schema=False)


def _described(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The document of OpenAPI 3.1, with the schema that every refusal refers to; a parameter is left out, never null."""
    found = make()
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("ProblemTold", ProblemTold.model_json_schema())
    for path in found["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _not_null(parameter["schema"])
    return found


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    either, null = schema.get("anyOf", ()), {"type": "null"}
    if null not in either:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    one, *others = (kind for kind in either if kind != null)
    return rest | ({"anyOf": [one, *others]} if others else one)
