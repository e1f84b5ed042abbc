"""The forms that moves require (01 to 05, R11, R20, R21, R43, R48, R49, R59) as text and on paper, each from its line of the log.

A form is what was so at that line: due dates, words and hash are those of then, whatever came later; only personal data is
read as it is kept now (R151).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..calendar import Calendar
from ..chain import hashes
from ..dossier import Dossier
from ..model import Account, Move
from ..org import Org
from ..papers import APOLOGY, RECEIPT, STOPPING
from ..papers import Paper as Issued
from ..people import FIELDS
from ..state import State, fold
from ..text import Text, day, moment, nfc
from ..words import Form
from ..worktime import local
from .control import short
from .pdf import Paper, Signer
from .plain import SIMULATED
from .register import CHANNELS

SUPPLEMENT, REFUSAL = "phieu-bo-sung", "phieu-tu-choi"
"""Forms 02 and 03, by their ids in `_steps.yaml`."""

Field = tuple[str, str | list[str]]


class Print(NamedTuple):
    """A form to be printed: what was issued, of which dossier as it was then, for whom, by whom."""

    issued: Issued
    form: Form | None
    dossier: Dossier
    org: Org
    people: Mapping[str, str]
    digest: str
    simulated: bool = False

    @property
    def state(self) -> State:
        """Where the dossier was after the line that issued it."""
        return self.dossier.state

    @property
    def draft(self) -> Move:
        """The line that said what is in it."""
        return self.dossier.moves[self.issued.drafted]


def print_of(
    dossier: Dossier,
    calendar: Calendar,
    issued: Issued,
    form: Form | None,
    people: Mapping[str, str],
    simulated: bool = False,
) -> Print:
    """What has to be printed of a form that a dossier's log has issued; `people` as they may be shown."""
    log = dossier.moves[: issued.seq + 1]
    then = Dossier(dossier.case, dossier.table, fold(dossier.table, calendar, log), log)
    digest = hashes(dossier.case, log)[-1].hex()
    return Print(issued, form, then, dossier.table.org, people, digest, simulated)


def as_text(one: Print, lang: str) -> str:
    """The form as lines of text."""
    page = as_paper(one, lang)
    lines = [page.title, page.subtitle, page.number, *([page.simulated] if page.simulated else [])]
    for label, value in page.fields:
        lines.append(f"  {label}: {value if isinstance(value, str) else '; '.join(value)}")
    lines += page.words
    lines += [
        f"  {' '.join(filter(None, (one.title, one.name, *one.lines)))}" for one in page.signers if one != _NOBODY
    ]
    return nfc("\n".join([*lines, page.foot])) + "\n"


def to_json(one: Print, lang: str) -> dict[str, Any]:
    """The form as JSON values; the keys are those of docs/json.md."""
    page = as_paper(one, lang)
    return {
        "form": one.issued.form,
        "title": page.title,
        "mark": page.mark or None,
        "number": one.dossier.number,
        "line": one.issued.seq,
        "at": local(one.issued.at).isoformat(),
        "by": one.issued.by,
        "content": one.issued.content,
        "people": dict(one.people),
        "digest": one.digest,
        "look_up": page.code,
    }


def as_paper(one: Print, lang: str) -> Paper:
    """The form on A4, dated by the line that issued it; the QR holds number, form, line and hash."""
    said = _Words(one, lang)
    at, number = local(one.issued.at), one.dossier.number
    return Paper(
        one.org,
        at,
        one.form.title.to(lang) if one.form else one.issued.form,
        f"{number}\n{one.issued.form} {one.issued.seq} {one.digest}",
        subtitle=f"{said('Mã hồ sơ', 'Dossier')}: {number}",
        number=f"{said('Số', 'No.')}: {number}/{one.issued.seq}",
        mark=one.form.mark(at.date(), lang) if one.form else "",
        foot=said(
            f"Dòng {one.issued.seq} của nhật ký, SHA-256: {one.digest}",
            f"Line {one.issued.seq} of the log, SHA-256: {one.digest}",
        ),
        simulated=SIMULATED.to(lang) if one.simulated else "",
        fields=[*said.applicant(), *_FIELDS.get(one.issued.form, _other)(said)],
        words=[*said.lead(), *one.issued.content.splitlines(), *said.close()],
        signers=said.signers(),
    )


class _Words:
    """What is said on one form in one language."""

    def __init__(self, one: Print, lang: str) -> None:
        self.one, self.lang = one, lang

    def __call__(self, vi: str, en: str) -> str:
        return Text(vi, en).to(self.lang)

    @property
    def agency(self) -> str:
        return self.one.org.title.to(self.lang)

    def applicant(self) -> Iterator[Field]:
        """Whose it is, as far as that is kept, and what is asked for (R23)."""
        people, flow = self.one.people, self.one.dossier.flow
        for field, title in FIELDS.items():
            if field in people and (field != "submitter" or people[field] != people.get("owner")):
                yield title.to(self.lang), people[field]
        yield self("Nội dung yêu cầu giải quyết", "Asked for"), f"{flow.title} ({flow.code})"

    def receipt(self) -> Iterator[Field]:
        state, flow = self.one.state, self.one.dossier.flow
        yield self("Cách nộp", "Channel"), CHANNELS[self.one.dossier.case.channel].to(self.lang)
        if flow.submitted:
            yield (
                self("Thành phần hồ sơ theo thủ tục", "Papers the procedure asks for"),
                [f"- {x}" for x in flow.submitted],
            )
        if self.one.dossier.case.channel != "online":
            yield self("Số lượng hồ sơ", "Number of sets"), self("........ bộ", "........")  # no log holds it: by hand
        term = flow.deadline.shown(self.lang) if flow.deadline else self("không quy định", "none set")
        yield self("Thời hạn giải quyết theo quy định", "Legal term"), term
        yield self("Thời gian nhận hồ sơ", "Received"), _moment(state.received, self.lang)
        yield self("Thời gian trả kết quả", "Result due"), self.due(state.due)
        yield (
            self("Nhận kết quả tại", "Result to be collected at"),
            self(f"Bộ phận Tiếp nhận và Trả kết quả, {self.agency}", f"One-stop unit, {self.agency}"),
        )

    def apology(self) -> Iterator[Field]:
        state = self.one.state
        yield self("Thời gian nhận hồ sơ", "Received"), _moment(state.received, self.lang)
        yield self("Ngày hẹn trả trước đây", "Due until now"), self.due(state.due)
        yield self("Ngày hẹn trả mới", "Now due"), self.due(state.due_current)

    def stopping(self) -> Iterator[Field]:
        yield self("Căn cứ", "Ground"), (self.one.draft.record or {}).get("ground", "")

    def due(self, at: int | None) -> str:
        return self("không có thời hạn", "no term") if at is None else day(local(at).date(), self.lang)

    def lead(self) -> Iterator[str]:
        found = _LEADS.get(self.one.issued.form)
        if found is not None and self.one.issued.content:
            yield found.to(self.lang).format(agency=self.agency)

    def close(self) -> Iterator[str]:
        found = _CLOSES.get(self.one.issued.form)
        if found is not None:
            yield found.to(self.lang).format(agency=self.agency)

    def signers(self) -> list[Signer]:
        one = self.one
        account = one.org.accounts.get(one.issued.by)
        name = account.name if account else one.issued.by
        at = moment(local(one.issued.at))
        lines = [
            self(f"Ghi trên hệ thống lúc {at}", f"Put down at {at}"),
            self(f"dòng {one.issued.seq}, {short(one.digest)}", f"line {one.issued.seq}, {short(one.digest)}"),
        ]
        issuer = Signer(self._post(account), self("(Ký số hoặc ký, ghi rõ họ tên)", "(Signature)"), name, lines)
        hint = self("(Ký và ghi rõ họ tên)", "(Signature and name)")
        person = one.people.get("submitter") or one.people.get("owner", "")
        left = Signer(self("Người nộp hồ sơ", "Applicant"), hint, person, (), 14)
        return [left if one.issued.form == RECEIPT else _NOBODY, issuer]

    def _post(self, account: Account | None) -> str:
        """As what somebody signs: the role he had that day, the first in the order of the agency's file."""
        post = account.post(local(self.one.issued.at).date()) if account else None
        roles = self.one.org.roles
        named = [role.title for key, role in roles.items() if post and key in post.roles]
        return named[0].to(self.lang) if named else self("Người phát hành", "Issued by")


_NOBODY = Signer("", "", "", ())
_FIELDS: Mapping[str, Callable[[_Words], Iterator[Field]]] = {
    RECEIPT: _Words.receipt,
    APOLOGY: _Words.apology,
    STOPPING: _Words.stopping,
}
_LEADS: Mapping[str, Text] = {
    SUPPLEMENT: Text(
        "{agency} đề nghị bổ sung, hoàn thiện hồ sơ với những nội dung sau:",
        "{agency} asks for the following to be supplied or put right:",
    ),
    REFUSAL: Text(
        "{agency} thông báo không tiếp nhận, giải quyết hồ sơ này, với lý do:",
        "{agency} gives notice that this dossier is refused, for this reason:",
    ),
    APOLOGY: Text(
        "{agency} chưa giải quyết xong hồ sơ theo ngày đã hẹn, với lý do:",
        "{agency} can't decide the dossier by the appointed day, for this reason:",
    ),
    STOPPING: Text(
        "{agency} thông báo dừng giải quyết hồ sơ này, với lý do:",
        "{agency} gives notice that work on this dossier is stopped, for this reason:",
    ),
}
_CLOSES: Mapping[str, Text] = {
    SUPPLEMENT: Text(
        "Nếu có vướng mắc khi bổ sung, hoàn thiện hồ sơ, xin liên hệ Bộ phận Tiếp nhận và Trả kết quả, {agency} để được"
        " hướng dẫn.",
        "Questions are answered at the one-stop unit, {agency}.",
    ),
    APOLOGY: Text(
        "{agency} xin lỗi vì sự chậm trễ này và hẹn trả kết quả vào ngày hẹn mới ghi ở trên.",
        "{agency} apologises for the delay; the result is due on the new day above.",
    ),
}


def _other(_: _Words) -> Iterator[Field]:
    return iter(())


def _moment(at: int | None, lang: str) -> str:
    return Text("chưa tiếp nhận", "not received").to(lang) if at is None else moment(local(at))
