"""The routes of the server itself: whether it lives, whether it can work, and its figures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from . import schemas
from .asking import Administering, TheDesk, answered, refusals
from .describing import PATH
from .metrics import CONTENT_TYPE, Metrics

router = APIRouter(tags=["server"])
PUBLIC = frozenset({"/health/live", "/health/ready", PATH})
"""The paths that need no key."""


@router.get("/health/live", response_model=schemas.HealthTold)
async def live() -> Response:
    """That the process answers."""
    return answered({"status": "ok"}, "vi")


@router.get("/health/ready", response_model=schemas.HealthTold, responses={503: refusals()[503]})
async def ready(desk: TheDesk) -> Response:
    """That its stores can be read."""
    await desk.check()
    return answered({"status": "ok"}, "vi")


@router.get(
    "/metrics",
    response_class=Response,
    responses={**refusals(), 200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}},
)
async def metrics(_: Administering, request: Request) -> Response:
    """The figures of this process, for Prometheus."""
    found = request.app.state.metrics
    assert isinstance(found, Metrics)
    return Response(found.text(), headers={"Content-Type": CONTENT_TYPE})
