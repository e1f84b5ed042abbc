"""Events out (T17): each is delivered at least once, in the order of its dossier, signed, and never marked before it is."""

from __future__ import annotations

import errno
import os
import re
import signal
import ssl
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic, sleep, time
from typing import Any

import pytest
from hooks import OTHER, SECRET, Office, listening, settings
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from flowiso.errors import BadValue, FlowFileError, StoreError
from flowiso.text import Text
from flowiso.webhooks.addresses import Refused, addresses, target_of
from flowiso.webhooks.delivery import MOST, PATIENCE, wait
from flowiso.webhooks.journal import Letter
from flowiso.webhooks.receivers import load_receivers, read_receivers
from flowiso.webhooks.sending import post
from flowiso.webhooks.signing import message_id, read_secret, signature

STEPS = ("lan chuyen ha", "ha chuyen an")
SEQS = [0, 1, 3]
"""The lines of such a dossier that owe an event: line 2 is a mere confirmation."""


def test_events_arrive_signed_in_order_and_leave_the_outbox(tmp_path: Path) -> None:
    """Two dossiers, every event of each in the order of its log, as CloudEvents in structured mode; nothing is owed then."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        office.now = time()
        one, two = office.receive(*STEPS), office.receive(*STEPS)
        assert office.once() == (6, 6, 0, 0)
        assert office.once() == (0, 0, 0, 0)
    assert office.undelivered == 0
    assert [got.event["data"]["seq"] for got in server.got if got.event["subject"] == one] == SEQS
    assert {got.event["subject"] for got in server.got} == {one, two}
    for got in server.got:
        assert got.path == "/flowiso?x=1"
        assert got.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
        assert Webhook(SECRET).verify(got.body, got.headers)["specversion"] == "1.0"
        assert "." not in got.headers["webhook-id"]
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(got.body.replace(b"H19", b"H20"), got.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(got.body, got.headers | {"webhook-timestamp": str(int(time()) - 400)})


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (500, "http-500"),
        (404, "http-404"),
        (302, "redirect"),
        (307, "redirect"),
        ("hang", "timeout"),
        ("drip", "timeout"),
        ("garbage", "protocol"),
        ("nothing", "protocol"),
    ],
)
def test_what_is_no_acknowledgement(tmp_path: Path, answer: int | str, failure: str) -> None:
    """Only 2xx is: all else is tried again, nothing is marked, no redirect is followed, and later letters of it wait."""
    with listening() as server:
        server.answer = lambda got: answer
        office = Office(settings(tmp_path, server.url, of_all="timeout: 1\n"))
        office.receive(*STEPS)
        began = monotonic()
        assert office.once() == (3, 0, 1, 0)
        assert monotonic() - began < 4
        assert len(server.got) == 1
        assert office.lines[-1]["answer"] in (failure, "connection")
        assert office.undelivered == 3
        server.answer = lambda got: 200
        assert office.once() == (0, 0, 0, 0)
        office.now += 60
        assert office.once() == (0, 3, 0, 0)
        assert office.undelivered == 0


def test_one_event_has_one_id(tmp_path: Path) -> None:
    """However often it is sent, `webhook-id` and the envelope's id stay; the time that is signed is that of the try."""
    with listening() as server:
        server.answer = lambda got: 503
        office = Office(settings(tmp_path, server.url))
        office.receive()
        for _ in range(3):
            office.once()
            office.now += MOST
        names = {(got.headers["webhook-id"], got.event["id"], got.body) for got in server.got}
        assert (len(server.got), len(names)) == (3, 1)
        assert len({got.headers["webhook-timestamp"] for got in server.got}) == 3


def test_no_mark_before_all_have_it(tmp_path: Path) -> None:
    """An event stays in the outbox until every receiver of it has it; who has it isn't sent it again."""
    with listening() as good, listening() as bad:
        bad.answer = lambda got: 500
        office = Office(settings(tmp_path, good.url, bad.url))
        office.receive(*STEPS)
        assert office.once() == (3, 3, 1, 0)
        assert office.undelivered == 3
        bad.answer = lambda got: 204
        office.now += 60
        assert office.once() == (0, 3, 0, 0)
        assert (len(good.got), len(bad.applied), office.undelivered) == (3, 3, 0)


def test_only_what_a_receiver_wants(tmp_path: Path) -> None:
    """Types are chosen by name or pattern; what nobody wants leaves the outbox."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url, more=", events: [dossier.rec*, notice.late]"))
        office.receive(*STEPS)
        assert office.once() == (3, 1, 0, 0)
        assert [got.event["type"] for got in server.got] == ["vn.flowiso.dossier.received"]
        assert office.undelivered == 0


def test_dead_letters_are_kept_listed_and_replayed(tmp_path: Path) -> None:
    """After so many tries a letter is dead: it stays in the outbox, holds up its own dossier alone, and can be sent again."""
    with listening() as server:
        poison = ""
        server.answer = lambda got: 500 if got.event["subject"] == poison else 204
        office = Office(settings(tmp_path, server.url, of_all="tries: 3\n"))
        poison, other = office.receive(*STEPS), office.receive(*STEPS)
        tallies = []
        for _ in range(5):
            tallies.append(office.once())
            office.now += MOST
        assert tallies == [(6, 3, 1, 0), (0, 0, 1, 0), (0, 0, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
        assert office.undelivered == 3
        with office.deliverer() as one:
            owed = one._journal.shown()
            assert [(row.dead, row.tries, row.failure) for row in owed] == [
                (True, 3, "http-500"),
                (False, 0, ""),
                (False, 0, ""),
            ]
            assert one.replay("dead", one.receivers) == 1
        server.answer = lambda got: 204
        assert office.once() == (0, 3, 0, 0)
        assert [one for one in server.applied if poison in one] == [f"H19.1/{poison}/{seq}" for seq in SEQS]
        assert (office.undelivered, len(server.applied)) == (0, 6)
        assert other != poison


def test_giving_up_is_somebodys_word(tmp_path: Path) -> None:
    """A letter that never goes through is given up by name, and those after it go on."""
    with listening() as server:
        server.answer = lambda got: 400 if got.event["data"]["seq"] == 0 else 204
        office = Office(settings(tmp_path, server.url, of_all="tries: 1\n"))
        number = office.receive(*STEPS)
        assert office.once() == (3, 0, 1, 1)
        with office.deliverer() as one:
            assert one._journal.give_up("r1", "H19.1/nothing/0") == 0
            assert one._journal.give_up("r1", f"H19.1/{number}/0") == 1
        assert office.once() == (0, 2, 0, 0)
        assert office.undelivered == 0


def test_replay_of_an_id_and_of_a_span(tmp_path: Path) -> None:
    """What was delivered long ago goes out again under its own id, to whom it is asked for; what isn't there is said."""
    with listening() as first, listening() as second:
        office = Office(settings(tmp_path, first.url))
        number = office.receive(*STEPS)
        office.once()
        settings(tmp_path, first.url, second.url)
        with office.deliverer() as one:
            assert one.replay(f"H19.1/{number}/1", one.receivers[1:]) == 1
            assert tuple(one.once()) == (0, 1, 0, 0)
            assert one.replay("2021-09-14T08:30..2021-09-14", one.receivers[:1]) == 2
            assert one.replay("2021-09-01..2021-09-13", one.receivers) == 0
            assert tuple(one.once()) == (0, 2, 0, 0)
            assert one.replay("20210914..20210914", one.receivers[:1]) == 3
            assert one.replay("2021-09-15..9999-12-30", one.receivers[:1]) == 0
            for wrong in ("H19.1/không-có/0", "hôm qua..hôm nay", "2021-09-30..2021-09-01", "2021-09-01..9999-12-31"):
                with pytest.raises(BadValue):
                    one.replay(wrong, one.receivers)
        assert [got.event["data"]["seq"] for got in first.got] == [*SEQS, *SEQS[1:]]
        assert [got.event["data"]["seq"] for got in second.got] == [1]


def test_a_receiver_that_is_down_is_left_alone(tmp_path: Path) -> None:
    """After five failures in a row the round ends; another receiver gets everything meanwhile."""
    with listening() as good, listening() as bad:
        bad.answer = lambda got: 503
        office = Office(settings(tmp_path, good.url, bad.url))
        for _ in range(9):
            office.receive()
        assert office.once() == (9, 9, PATIENCE, 0)
        assert len(bad.got) == PATIENCE


def test_what_is_committed_late_is_not_missed(tmp_path: Path) -> None:
    """A row with a lower number that shows after a higher one is taken all the same: in PostgreSQL numbers aren't in order."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        office.receive(), office.receive()
        store, agency = office.engine.store, office.engine.agency
        rows = store.outbox(agency, 10)
        real = store.outbox
        try:
            store.outbox = lambda agency, limit=100: rows[1:]  # type: ignore[method-assign]
            assert office.once() == (1, 1, 0, 0)
        finally:
            store.outbox = real  # type: ignore[method-assign]
        assert office.once() == (1, 1, 0, 0)
        assert len(server.applied) == 2


def test_the_journal_may_be_lost(tmp_path: Path) -> None:
    """Without it everything that wasn't marked is sent again, and nothing is lost."""
    with listening() as good, listening() as bad:
        bad.answer = lambda got: 500
        office = Office(settings(tmp_path, good.url, bad.url))
        office.receive(*STEPS)
        office.once()
        (tmp_path / "noi-nhan.journal").unlink()
        bad.answer = lambda got: 204
        assert office.once() == (3, 6, 0, 0)
        assert (len(good.got), len(good.applied), len(bad.applied), office.undelivered) == (6, 3, 3, 0)


def test_one_deliverer_at_a_time_and_one_store(tmp_path: Path) -> None:
    """Two would mix up the order; a journal of another store would take its letters for ours."""
    from flowiso.webhooks.journal import Journal

    office = Office(settings(tmp_path, "http://127.0.0.1:9/"))
    with office.deliverer(), pytest.raises(StoreError, match="khác đang dùng"), office.deliverer():
        pass
    with pytest.raises(StoreError, match="kho hoặc cơ quan khác"):
        Journal(tmp_path / "noi-nhan.journal", {"agency": "H19.1", "store": "y"})
    (tmp_path / "noi-nhan.journal").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="không dùng được sổ gửi"), office.deliverer():
        pass


def test_a_journal_that_could_not_be_written_goes_on(tmp_path: Path) -> None:
    """Held by a reader as it is written, or on a full disk: nothing is noted, why is told, and the next write goes through."""
    import sqlite3
    from contextlib import closing

    office = Office(settings(tmp_path, "http://127.0.0.1:9/"))
    office.receive(*STEPS)
    with office.deliverer() as one:
        journal = one._journal
        journal._db.execute("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(journal.file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM owed").fetchall()
            with pytest.raises(StoreError, match="locked"):
                one.take()
        assert one.take() == 3
        (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
        journal._db.execute(f"PRAGMA max_page_count = {pages}")
        letter = Letter(99, "e/99", "n", "t", b"x" * 20_000)
        with pytest.raises(StoreError, match="disk is full"):
            journal.take([(letter, ("r1",))])
        journal._db.execute(f"PRAGMA max_page_count = {pages * 100}")
        journal.take([(letter, ("r1",))])
        assert len(journal.shown()) == 4


def test_nothing_is_sent_while_the_journal_cannot_be_written(tmp_path: Path) -> None:
    """No receiver is sent the same letter each round because nobody can note that it was; afterwards all goes on."""
    import sqlite3
    from contextlib import closing

    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        office.receive(*STEPS)
        with office.deliverer() as one:
            assert one.take() == 3
            journal, (receiver,) = one._journal, one.receivers
            journal._db.execute("PRAGMA busy_timeout = 0")
            with closing(sqlite3.connect(journal.file, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM owed").fetchall()
                for _ in range(3):
                    with pytest.raises(StoreError, match="locked"):
                        one.round(receiver)
            assert server.got == []
            assert one.round(receiver) == (0, 3, 0, 0)
        assert len(server.got) == 3


def test_a_place_that_takes_no_journal(tmp_path: Path) -> None:
    """What is no lock, and no file that may be had, is said as what it is: not as another command at work."""
    office = Office(settings(tmp_path, "http://127.0.0.1:9/"))
    journal, lock = tmp_path / "noi-nhan.journal", tmp_path / "noi-nhan.journal.lock"
    lock.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match=r"không dùng được sổ gửi .*lock': file is not a database"), office.deliverer():
        pass
    lock.unlink()
    journal.symlink_to(tmp_path / "khong-co" / "so")
    with pytest.raises(StoreError, match="không có tệp hay thư mục này"), office.deliverer():
        pass


def test_a_receiver_taken_out_of_the_file_is_missed(tmp_path: Path) -> None:
    """A slip in the file loses nothing: who is owed letters must be there, or be given up."""
    with listening() as server:
        server.answer = lambda got: 500
        office = Office(settings(tmp_path, server.url, server.url))
        office.receive()
        office.once()
        settings(tmp_path, server.url)
        with pytest.raises(BadValue, match="--give-up all --receiver r2"), office.deliverer():
            pass
    settings(tmp_path, server.url)
    text = office.file.read_text()
    office.file.write_text(text.replace("H19.1", "H19.2"))
    with pytest.raises(BadValue, match=r"không có nơi nhận nào của cơ quan H19\.1"), office.deliverer():
        pass


def test_an_unreadable_dossier_waits(tmp_path: Path) -> None:
    """DOS311: the events of a dossier whose flow is gone stay in the outbox and hold up no other's."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        gone, other = office.receive(), office.receive()
        with office.deliverer() as one:
            real = one._readable
            one._readable = lambda number: None if number == gone else real(number)  # type: ignore[method-assign]
            assert tuple(one.once()) == (1, 1, 0, 0)
        assert [got.event["subject"] for got in server.got] == [other]
        assert office.once() == (1, 1, 0, 0)


def test_notices_go_out_too(tmp_path: Path) -> None:
    """R126: what people are to be told is an event like others, known by its key."""
    from offices import at

    with listening() as server:
        office = Office(settings(tmp_path, server.url, more=", events: ['notice.*']"))
        office.receive(*STEPS)
        new = len(office.engine.notify(at("22/09 08:00")))
        assert new > 0
        assert office.once()[1] == new
        assert {got.event["type"].split(".")[2] for got in server.got} == {"notice"}


def test_nothing_personal_leaves_or_is_logged(tmp_path: Path) -> None:
    """R151: neither in what is sent, nor in the journal, nor in the log, which knows no dossier's number either."""
    from offices import at

    with listening() as server:
        server.answer = lambda got: 500
        office = Office(settings(tmp_path, server.url))
        people = {"owner": "Nguyễn Văn Kín", "phone": "0912345678"}
        number = office.engine.receive("MAU-01", by="lan", people=people, at=at("14/09 08:00")).number
        office.once()
    told = repr(office.lines) + repr(server.got) + repr((tmp_path / "noi-nhan.journal").read_bytes())
    assert "Kín" not in told
    assert "0912345678" not in told
    assert number not in repr(office.lines)
    assert set(office.lines[0]) == {"at", "event", "receiver", "id", "try", "answer"}


def test_secrets_rotate(tmp_path: Path) -> None:
    """With two secrets in the file there are two signatures, and who knows either can verify."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url, secret=f"{SECRET}\n{OTHER}\n"))
        office.now = time()
        office.receive()
        office.once()
    (got,) = server.got
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "C" * 44).verify(got.body, got.headers)


@given(st.binary(min_size=24, max_size=64), st.text(), st.integers(0, 2**33))
def test_signatures_are_those_of_the_library(secret: bytes, body: str, at: int) -> None:
    """Standard Webhooks: our signature is that of its own library."""
    body = body.encode("utf-8", "replace").decode()
    moment = datetime.fromtimestamp(at, UTC)
    ours = signature([secret], message_id("H19.1/1/0"), at, body.encode())
    assert ours == Webhook(secret).sign(message_id("H19.1/1/0"), moment, body)


@pytest.mark.parametrize(
    "text", ["", "A" * 44, "whsec_", "whsec_AAAA", "whsec_" + "A" * 43, "whsec_" + "A" * 100, "whsec_!" + "A" * 43]
)
def test_a_secret_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_secret(text)


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_waits_grow_and_differ(tries: int, draw: float) -> None:
    """T17: exponential, from half of it to all by luck, up to a day."""
    most = min(MOST, 5 * 4 ** (tries - 1))
    assert most // 2 - 1 <= wait(tries, draw) <= most <= MOST
    assert wait(tries, draw) <= wait(tries + 1, draw) or wait(tries + 1, draw) >= MOST // 2


def test_a_receiver_may_ask_for_time(tmp_path: Path) -> None:
    """`Retry-After` is honoured where it is longer than our own wait."""
    with listening() as server:
        server.answer = lambda got: 429
        office = Office(settings(tmp_path, server.url))
        office.receive()
        with office.deliverer(draw=lambda: 0.0) as one:
            one.once()
            assert one._journal.shown()[0].next == int(office.now) + 7


def test_a_clock_that_jumped_ahead_holds_nothing_up(tmp_path: Path) -> None:
    """T8: a wait that was begun ten years from now is over once the clock is right again; one that any failure may have isn't."""
    with listening() as server:
        server.answer = lambda got: 500
        office = Office(settings(tmp_path, server.url))
        office.receive()
        right = office.now
        office.now += 3_652 * 86_400
        assert office.once() == (1, 0, 1, 0)
        office.now = right
        assert office.once() == (0, 0, 1, 0)
        office.now -= 60
        assert office.once() == (0, 0, 0, 0)


BLOCKED = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2001:db8::1",
    "64:ff9b:1::1",
    "fec0::1",
]


def _resolver(*found: str) -> object:
    return lambda host, port, **_: [(0, 0, 0, "", (one, port)) for one in found]


@pytest.mark.parametrize("address", BLOCKED)
def test_addresses_inside_are_refused(address: str) -> None:
    """SSRF: whatever the name, an address that isn't public is refused, also as the second one of a name, unless allowed."""
    from ipaddress import ip_network

    target = target_of("https://vi-du.vn/x")
    for found in ([address], ["8.8.8.8", address]):
        with pytest.raises(Refused):
            addresses(target, [], _resolver(*found))
    assert addresses(target, [ip_network(address)], _resolver(address)) == [address]


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_taken_as_they_are(address: str) -> None:
    assert addresses(target_of("https://vi-du.vn/x"), [], _resolver(address)) == [address]


def test_plain_http_stays_on_this_machine() -> None:
    """Even an allowed address elsewhere gets no plain http."""
    from ipaddress import ip_network

    with pytest.raises(Refused):
        addresses(target_of("http://localhost/"), [ip_network("10.0.0.0/8")], _resolver("10.0.0.1"))


def test_what_cannot_be_reached_is_a_failure(tmp_path: Path) -> None:
    """An address inside, a name that doesn't exist, a closed port, a server that speaks no TLS: words, never an error."""
    from ipaddress import ip_network

    home = [ip_network("127.0.0.0/8")]
    with listening() as server:
        secure = target_of(server.url.replace("http:", "https:"))
        assert post(target_of(server.url), [], {}, b"", 2).failure == "address"
        assert post(secure, home, {}, b"", 2).failure in ("tls", "connection")
        assert not server.got
    assert post(target_of("https://khong-co.invalid/"), [], {}, b"", 2).failure == "name"
    assert post(target_of("http://127.0.0.1:9/"), home, {}, b"", 2).failure == "connection"


@pytest.mark.parametrize(
    "url",
    [
        "http://vi-du.vn/",
        "ftp://vi-du.vn/",
        "https://",
        "https://a:b@vi-du.vn/",
        "https://vi-du.vn/#x",
        "https://vi-du.vn/\u0441",
        "https://vi-du.vn:99999/",
        "http://127.0.0.1.vi-du.vn/",
        "file:///etc/passwd",
        "https://" + "a" * 2000,
        "//vi-du.vn/",
        "https://vi-du.vn/a b",
    ],
)
def test_an_address_that_may_not_be_sent_to(url: str) -> None:
    """The file is refused with the line, in both languages."""
    data = f"receivers:\n  - {{id: a, url: '{url}', agency: H19.1, secret: a}}\n".encode()
    _, findings = read_receivers(data, "noi-nhan.yaml")
    assert [(one.code, one.line) for one in findings] == [("FLW004", 2)]


def test_a_file_with_faults(tmp_path: Path) -> None:
    """A closed schema: unknown keys, unknown types of events, networks that are none, the same receiver twice."""
    rows = "  - {id: a, url: 'https://a.vn/', agency: H19.1, secret: a%s}\n"
    bad = [
        "receivers: []\n",
        "receivers:\n" + rows % ", extra: 1",
        "receivers:\n" + rows % ", events: [dossier.nothing]",
    ]
    bad += [
        "receivers:\n" + rows % ", networks: [10.0.0.1/8]",
        "receivers:\n" + rows % "" + rows % "",
        "tries: 3\n",
        "[]",
        "x: [",
    ]
    bad += ["receivers:\n" + rows % "" + "tries: 0\n", "receivers:\n" + rows % "" + "timeout: 61\n", "receivers: [1]\n"]
    for text in bad:
        assert read_receivers(text.encode(), "noi-nhan.yaml")[1], text
    file = tmp_path / "noi-nhan.yaml"
    file.write_text(bad[1])
    with pytest.raises(FlowFileError, match="1 lỗi"):
        load_receivers(file)


def test_secrets_are_kept_from_others(tmp_path: Path) -> None:
    """A secret anybody can read, one that isn't there, and one that is none are refused."""
    file = settings(tmp_path, "https://a.vn/")
    kept = tmp_path / "secrets" / "bi-mat"
    assert load_receivers(file).listed[0].secrets == (read_secret(SECRET),)
    kept.chmod(0o644)
    with pytest.raises(BadValue, match="chmod 600"):
        load_receivers(file)
    kept.chmod(0o600)
    for wrong in ("", "mat-khau", f"{SECRET}\n{SECRET}\n{OTHER}"):
        kept.write_text(wrong)
        with pytest.raises(BadValue, match="openssl rand") as told:
            load_receivers(file)
        assert not wrong or wrong not in str(told.value)
    kept.unlink()
    with pytest.raises(BadValue, match="bi-mat"):
        load_receivers(file)


def test_a_year_of_bad_days(tmp_path: Path) -> None:
    """T17: receivers that refuse, redirect and lie at random, and a deliverer that dies in between: in the end each event is
    with each receiver, in the order of its dossier, and none was marked before."""
    luck = Random(17)

    class Died(Exception):
        pass

    with listening() as one, listening() as two:
        for server in (one, two):
            server.answer = lambda got: luck.choice([204, 200, 500, 302, 429, 204])
        office = Office(settings(tmp_path, one.url, two.url, of_all="tries: 50\n"))
        for _ in range(12):
            office.receive(*STEPS)
        agency = office.engine.agency
        everything = [f"{agency}/{row.number}/{row.seq}" for row in office.engine.store.events(agency)]
        for _ in range(400):
            if not office.undelivered:
                break
            with office.deliverer() as deliverer:
                spot = luck.choice(["settle", "acknowledged", "forget", "", ""])
                owner = deliverer if spot == "settle" else deliverer._journal
                if spot:

                    def die(*_: object) -> None:
                        raise Died

                    setattr(owner, spot, die)
                with suppress(Died):
                    deliverer.once()
            waiting = {f"{agency}/{row.number}/{row.seq}" for row in office.engine.store.outbox(agency, 1000)}
            for server in (one, two):
                have = {got.event["id"] for got in server.got if got.status in (200, 204)}
                assert set(everything) - have <= waiting
            office.now += MOST
        assert office.undelivered == 0
        for server in (one, two):
            acknowledged = [got.event["id"] for got in server.got if got.status in (200, 204)]
            order = list(dict.fromkeys(acknowledged))
            assert sorted(order) == sorted(everything)
            for number in {name.rsplit("/", 1)[0] for name in order}:
                mine = [name for name in order if name.startswith(f"{number}/")]
                assert mine == sorted(mine)


def test_a_store_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a service it goes on when the store is back, and the log tells of it without the driver's words."""
    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        office.receive()
        real, away = office.engine.store.outbox, [1, 2, 3]

        def outbox(agency: str, limit: int = 100) -> Any:
            if away:
                away.pop()
                raise StoreError(Text("mật khẩu sai", "bad password")) from OSError(errno.ENOSPC, "mật khẩu")
            return real(agency, limit)

        monkeypatch.setattr(office.engine.store, "outbox", outbox)
        with office.deliverer() as deliverer:
            thread = Thread(target=deliverer.every, args=(0.02,))
            thread.start()
            _until(lambda: len(server.got) == 1)
            deliverer.stop()
            thread.join(5)
    faults = [line for line in office.lines if line["event"] == "fault"]
    assert [(set(line), line["error"]) for line in faults] == [({"at", "event", "error", "cause"}, "store")] * 3
    assert {line["cause"] for line in faults} == {"OSError ENOSPC"}
    monkeypatch.undo()
    assert office.undelivered == 0


def test_it_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    """A hanging receiver holds up no other, and what happens meanwhile is sent too."""
    with listening() as good, listening() as slow:
        slow.answer = lambda got: "hang"
        office = Office(settings(tmp_path, good.url, slow.url, of_all="timeout: 2\n"))
        office.receive()
        with office.deliverer() as deliverer:
            thread = Thread(target=deliverer.every, args=(0.05,))
            thread.start()
            _until(lambda: len(good.got) == 1)
            office.receive()
            _until(lambda: len(good.got) == 2)
            assert not any(got.status for got in slow.got)
            deliverer.stop()
            thread.join(10)
            assert not thread.is_alive()
    assert office.undelivered == 2


def _until(true: object) -> None:
    until = monotonic() + 5
    while not true():  # type: ignore[operator]
        assert monotonic() < until
        sleep(0.01)


KILLED = """
import sys, time
from pathlib import Path
from hooks import Office
from flowiso.store import open_store
from doors import engine_of
from flowiso.webhooks.delivery import Deliverer
from flowiso.webhooks.journal import Journal
spot, folder = sys.argv[1], Path(sys.argv[2])
office = Office(folder / "noi-nhan.yaml", engine_of(open_store(f"sqlite:///{folder / 'mot-cua.db'}", create=False)))
def stand(*_):
    print("here", flush=True)
    time.sleep(60)
setattr({"acknowledged": Journal, "forget": Journal, "settle": Deliverer}[spot], spot, stand)
office.once()
"""


@pytest.mark.parametrize("spot", ["acknowledged", "settle", "forget"])
def test_killed_between_acknowledgement_and_mark(tmp_path: Path, spot: str) -> None:
    """kill -9 after the receiver's 2xx: before the journal has it, it is sent again; in any case it is marked in the end."""
    from doors import engine_of

    from flowiso.store import open_store

    with listening() as server:
        engine = engine_of(open_store(f"sqlite:///{tmp_path / 'mot-cua.db'}"))
        office = Office(settings(tmp_path, server.url), engine)
        office.receive()
        here = Path(__file__).parent
        line = [sys.executable, "-c", KILLED, spot, str(tmp_path)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(here)})
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert len(server.got) == 1
        assert office.undelivered == (0 if spot == "forget" else 1)
        again = office.once()
        assert again == (0, 1 if spot == "acknowledged" else 0, 0, 0)
        assert (office.undelivered, len(server.applied)) == (0, 1)
        assert len(server.got) == (2 if spot == "acknowledged" else 1)
        assert office.once() == (0, 0, 0, 0)
        engine.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for localhost that nobody has signed but itself."""
    line = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    key, made, both = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "both.pem"
    subprocess.run([*line.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    both.write_text(key.read_text() + made.read_text())
    return both


def test_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody vouches for, or of another name, is no receiver; one that is believed is."""
    from ipaddress import ip_network

    from flowiso.webhooks.sending import _tls

    home = [ip_network("127.0.0.0/8"), ip_network("::1")]
    with listening() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        named = target_of(f"https://localhost:{server.server_port}/")
        _tls.cache_clear()
        assert post(named, home, {}, b'{"id": 1}', 5).failure == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        _tls.cache_clear()
        assert post(named, home, {"A": "b"}, b'{"id": 1}', 5).acknowledged
        assert post(target_of(f"https://127.0.0.1:{server.server_port}/"), home, {}, b"", 5).failure == "tls"
    _tls.cache_clear()
    assert [(got.headers["Host"], got.body) for got in server.got] == [
        (f"localhost:{server.server_port}", b'{"id": 1}')
    ]


def test_the_page_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block of docs/webhooks.md runs as it stands."""
    page = (Path(__file__).parent.parent / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    with listening() as server:
        office = Office(settings(tmp_path, server.url))
        office.receive(*STEPS)
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {"engine": office.engine}
        exec(block, names)
        names["journal"].close()
    assert (len(server.got), office.undelivered) == (3, 0)
