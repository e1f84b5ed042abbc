"""The routes of what is asked about all dossiers, and about the flows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ..worktime import TZ, local
from . import figures, schemas
from .asking import Reading, StrictRoute, answered, refusals, then

router = APIRouter(prefix="/v1", tags=["questions"], route_class=StrictRoute)
_GONE = ("unknown-flow",)


@router.get("/watch", response_model=schemas.FiguresTold, responses=refusals())
async def watch(asked: Reading, query: Annotated[schemas.BoardAsked, Query()]) -> Response:
    """The morning's board: what is late, about to be, or in the wrong hands, worst first (docs/watch.md)."""
    at = then(asked, query.at)
    told = await asked.desk.look(figures.watched, asked.engine, at, asked.lang, query.due_within, query.light)
    return answered(told, asked.lang)


@router.get("/misroutes", response_model=schemas.FiguresTold, responses=refusals(*_GONE))
async def misroutes(asked: Reading, query: Annotated[schemas.MisroutesAsked, Query()]) -> Response:
    """Every dossier that went to a wrong account, by whom, and what it cost (R123)."""
    at = then(asked, query.at)
    told = await asked.desk.look(figures.misrouted, asked.engine, at, asked.lang, query.year, query.by)
    return answered(told, asked.lang)


@router.get("/faults", response_model=schemas.FiguresTold, responses=refusals(*_GONE))
async def faults(asked: Reading, query: Annotated[schemas.FaultsAsked, Query()]) -> Response:
    """Nonconformities and their corrective actions (R130)."""
    at = then(asked, query.at)
    told = await asked.desk.look(figures.faulty, asked.engine, at, asked.lang, query.year, query.all)
    return answered(told, asked.lang)


@router.get("/report", response_model=schemas.FiguresTold, responses=refusals(*_GONE))
async def report(asked: Reading, query: Annotated[schemas.ReportAsked, Query()]) -> Response:
    """The figures of a period, computed from the log (docs/report.md)."""
    period = figures.period_of(
        query.year, query.quarter, query.month, query.week, query.months, query.first, query.last, query.rule
    )
    for day in (period.start, period.end):
        then(asked, local(day))
    return answered(await asked.desk.look(figures.reported, asked.engine, period, query.as_of, asked.lang), asked.lang)


@router.get("/flows", response_model=schemas.FlowsTold, responses=refusals())
async def flows(asked: Reading, query: Annotated[schemas.FlowsAsked, Query()]) -> Response:
    """The newest version of each flow, searched without accents."""
    told = await asked.desk.do(figures.flows, asked.engine, asked.lang, query.field, query.division, query.q)
    return answered(told, asked.lang)


@router.get("/flows/{code}", response_model=schemas.FiguresTold, responses=refusals(*_GONE))
async def flow(
    asked: Reading,
    code: Annotated[schemas.Id, Path(description="The procedure's code.")],
    query: Annotated[schemas.FlowAsked, Query()],
) -> Response:
    """One flowchart: its steps, arrows and times, and where each fact comes from."""
    on = query.on or asked.at.astimezone(TZ).date()
    return answered(await asked.desk.do(figures.flow_of, asked.engine, code, on, asked.lang), asked.lang)


@router.get("/catalogue", response_model=schemas.FiguresTold, responses=refusals())
async def catalogue(asked: Reading) -> Response:
    """The procedures counted by field, division, level and all else."""
    return answered(await asked.desk.do(figures.catalogued, asked.engine, asked.lang), asked.lang)
