"""What is sent and answered, as closed models: they make /openapi.json, and what doesn't fit them is refused.

Moments are ISO 8601 with their offset, titles in the language of the answer. Models of answers describe what `seen`,
`acts` and the renderers make; nothing is checked on its way out, the tests hold answers against them.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ..asked import LONGEST, TOLD
from ..board import Least
from ..model import Channel
from ..national import Status
from ..period import Rule
from .settings import USUAL

_DAY = r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = rf"^{_DAY}T{_HOUR}:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[+-]{_HOUR})$"


def _moment(value: object) -> datetime:
    """A moment with its offset, of this century. Raises ValueError."""
    if not isinstance(value, str) or not re.match(_MOMENT, value):
        raise ValueError("moment")
    return datetime.fromisoformat(value)


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.match(f"^{_DAY}$", value):
        raise ValueError("day")
    return date.fromisoformat(value)


def _told(value: dict[str, str]) -> dict[str, str]:
    if not TOLD.issuperset(value):
        raise ValueError("record")
    return value


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time", "pattern": _MOMENT})
]
Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY}$"})
]
Id = Annotated[str, Field(max_length=200, pattern=r"^[!-~]+$")]
"""An account, a number, a code, an action: visible ASCII."""
Prose = Annotated[str, Field(max_length=LONGEST)]
Words = Annotated[str, Field(max_length=200)]
Record = Annotated[
    dict[str, Prose], AfterValidator(_told), Field(json_schema_extra={"propertyNames": {"enum": sorted(TOLD)}})
]
"""What a form adds, by the keys of docs/dossier.md."""
Personal = Annotated[str, Field(max_length=1_000)]
MOST_LINES = 999_999_999


class Closed(BaseModel):
    """A body: no unknown member, nothing turned into something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asking(BaseModel):
    """The parameters of a question: no unknown one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class People(Closed):
    """Personal data of a dossier (R151)."""

    owner: Personal | None = None
    submitter: Personal | None = None
    id_no: Personal | None = None
    phone: Personal | None = None
    email: Personal | None = None
    address: Personal | None = None
    subject: Personal | None = None

    def given(self) -> dict[str, str] | None:
        """What was given; None for nothing."""
        return {field: value for field, value in self if value is not None} or None


class ToReceive(Closed):
    """A dossier to be received at the desk."""

    procedure: Id
    by: Id | None = Field(None, description="The one-stop account; may be left out where the key is for one account.")
    number: Id | None = Field(None, description="A number given elsewhere (R31); without it the next one.")
    channel: Channel = "counter"
    people: People | None = None


class ToSubmit(Closed):
    """An online submission that one-stop account `to` has to answer."""

    procedure: Id
    to: Id
    number: Id | None = None
    channel: Channel = "online"
    people: People | None = None


class ToMove(Closed):
    """An arrow of the flow or a verb (docs/dossier.md)."""

    action: Id
    by: Id | None = None
    to: Id | None = Field(None, description="The account it is handed to; without it who held that role last.")
    note: Prose | None = None
    record: Record | None = None
    force: bool = False
    after: Annotated[int, Field(ge=0, le=MOST_LINES)] | None = Field(
        None, description="The line seen last: another one is a 409."
    )


class ToMoveOne(ToMove):
    """One of many moves."""

    number: Id
    key: Id | None = Field(None, description="Its idempotency key.")


class ToMoveMany(Closed):
    """Moves of several dossiers, each done alone."""

    moves: Annotated[list[ToMoveOne], Field(min_length=1, max_length=USUAL.bulk)]


class ToHandOver(Closed):
    """What `account` holds, or those of it in `numbers`, to `to`."""

    account: Id
    to: Id
    note: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    by: Id | None = None
    numbers: Annotated[list[Id], Field(max_length=USUAL.bulk)] | None = None


class OneAsked(Asking):
    """How a dossier is to be shown."""

    at: Moment | None = Field(None, description="As it stood then; without it now.")
    unmasked: bool = Field(False, description="Personal data as it is; needs the scope people.")


class ThenAsked(Asking):
    """The moment that is asked about; without it now."""

    at: Moment | None = None


class UnmaskedAsked(Asking):
    """Whether personal data is to be shown as it is; needs the scope people."""

    unmasked: bool = False


class CheckAsked(Asking):
    """A hand-over that somebody thinks of."""

    action: Id
    to: Id


class ListAsked(Asking):
    """Which dossiers to list."""

    state: Literal["open", "closed", "all"] = "open"
    order: Literal["number", "due"] = Field("number", description="`due`: by time left, the most pressing first.")
    procedure: Id | None = None
    holder: Id | None = None
    status: Annotated[int, Field(ge=1, le=10)] | None = None
    q: Words | None = Field(None, description="Words that must all be there; `dang ky` finds “đăng ký”.")
    unmasked: bool = Field(False, description="With personal data, searched too; needs the scope people.")
    limit: Annotated[int, Field(ge=1, le=USUAL.page)] = 50
    cursor: Annotated[str, Field(max_length=1_000)] | None = Field(None, description="`next` of the page before.")


class BoardAsked(Asking):
    """What the board is to show."""

    at: Moment | None = None
    due_within: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}(wh|wd)$")] = "8wh"
    light: Least = "yellow"


class MisroutesAsked(Asking):
    """Up to when, in which year, and grouped how."""

    at: Moment | None = None
    year: Annotated[int, Field(ge=1901, le=2998)] | None = None
    by: Literal["sender", "division", "cause"] = "sender"


class FaultsAsked(Asking):
    """As of when, those of which year, and whether the closed ones too."""

    at: Moment | None = None
    year: Annotated[int, Field(ge=1901, le=2998)] | None = None
    all: bool = False


class ReportAsked(Asking):
    """One period: `year` with at most one of `quarter`, `month`, `week` and `months`; or `from` and `to`."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    year: Annotated[int, Field(ge=1901, le=2998)] | None = None
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    week: Annotated[int, Field(ge=1, le=53)] | None = None
    months: Literal["6", "9"] | None = Field(None, description="The first six or nine months.")
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    rule: Rule = "calendar"
    as_of: Moment | None = Field(None, description="By the logs as they stood then (R92).")


class FlowsAsked(Asking):
    """Which flows to list."""

    field: Id | None = None
    division: Id | None = None
    q: Words | None = None


class FlowAsked(Asking):
    """Of which day the version in force is meant; without it today."""

    on: Day | None = None


class Answered(BaseModel):
    """An answer; more members may come."""

    model_config = ConfigDict(extra="allow")


class Person(Answered):
    """An account and its name."""

    id: str
    name: str


class ActionTold(Answered):
    """A button: an arrow that may be taken now, and the accounts it may be handed to."""

    action: str
    title: str
    target: str
    target_title: str
    ends: bool
    accounts: list[Person]


class VerbTold(Answered):
    """A verb that somebody may take now."""

    verb: str
    title: str


class LineTold(Answered):
    """A line of a log (docs/dossier.md)."""

    seq: int
    at: datetime
    actor: str
    action: str
    step: str
    holder: str
    note: str | None
    record: dict[str, str] | None


class PaperTold(Answered):
    """A form that was issued."""

    form: str
    seq: int
    at: datetime
    by: str


class SummaryTold(Answered):
    """A dossier on a line of a list."""

    number: str
    seq: int
    procedure: str
    version: int
    title: str
    channel: Channel
    status: Status
    status_title: str
    step: str
    step_title: str
    holder: str | None
    holder_name: str | None
    confirmed: bool
    ended: bool
    received: datetime | None
    due: datetime | None
    due_current: datetime | None
    step_due: datetime | None
    resolved: datetime | None
    people: dict[str, str] | None = None


Shown = Literal["red", "yellow", "grey", "green"]


class DossierTold(SummaryTold):
    """A dossier: where it is, how near to being late (R126), what can be done, its papers and its log."""

    people: dict[str, str]
    light: Shown
    step_light: Shown
    left_minutes: int | None
    step_left_minutes: int | None
    needed_minutes: int | None
    late_ahead: bool
    actions: list[ActionTold]
    verbs: list[VerbTold]
    papers: list[PaperTold]
    log: list[LineTold]


class LogTold(Answered):
    """The log of a dossier."""

    number: str
    lines: list[LineTold]


class PeopleTold(Answered):
    """Personal data by field, and whether it is masked."""

    number: str
    masked: bool
    people: dict[str, str]


class ProblemTold(Answered):
    """What can't be done and why (RFC 9457); `code` never changes."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class ItemTold(Answered):
    """What became of one of many."""

    number: str
    moved: bool
    seq: int | None = None
    problem: ProblemTold | None = None


class BulkTold(Answered):
    """What became of each."""

    moved: int
    refused: int
    items: list[ItemTold]


class PageTold(Answered):
    """A page of dossiers, which may have room left and a `next`; `unread` are those whose flow version is gone."""

    items: list[SummaryTold]
    next: str | None
    unread: list[str]


class FindingTold(Answered):
    """Something that is wrong (docs/watch.md)."""

    code: str
    name: str
    level: Literal["error", "warning", "info"]
    message: str


class CheckTold(Answered):
    """What speaks against a hand-over; null when nothing does."""

    finding: FindingTold | None


class FiguresTold(Answered):
    """What the command prints with `--format json` (docs/json.md)."""


class FlowTold(Answered):
    """A flow on a line of a list."""

    code: str
    version: int
    status: str
    title: str
    field: str
    division: str
    deadline: str | None


class FlowsTold(Answered):
    """The newest version of each flow."""

    flows: list[FlowTold]


class HealthTold(Answered):
    """That all is well."""

    status: Literal["ok"]
