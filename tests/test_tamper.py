"""T11: whoever changes the store behind the application's back is found, and the first bad line named; by two verifiers alike."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from tampers import HERE, Tampering, bad, in_rows, in_sql, lived, opened_up, rehashed, stranger, tampering
from walks import agency

from flowiso.chain import seal
from flowiso.errors import BadValue, StoreError
from flowiso.integrity import Kept, Seals, broken
from flowiso.logexport import export
from flowiso.model import Finding
from flowiso.ports import Chained, Head, Store
from flowiso.sealfile import as_text, read_seals
from flowiso.store import MemoryStore, open_store
from flowiso.store.sql import SqlStore
from flowiso.verify import verify_store

if TYPE_CHECKING:
    from stores import Schemas

Call = Callable[..., tuple[int, str, str]]
Place = tuple[str | None, int | None, str]
CHAIN = ("broken-chain", "missing-line", "head-mismatch")
NOON = 1_800_000_000


class Bent(MemoryStore):
    """A live store whose rows and seals somebody has changed; the rest is as it was written."""

    def __init__(self, logs: Iterable[Chained], heads: Sequence[Head] = ()) -> None:
        super().__init__()
        self.logs_kept = list(logs)
        self.heads_kept = tuple(heads)

    def chained(self, agency: str) -> Iterator[Chained]:
        return iter(self.logs_kept)

    def heads(self, agency: str) -> tuple[Head, ...]:
        return self.heads_kept


def ours(store: Store, kept: Sequence[Kept] = ()) -> set[Place]:
    """What our verifier says of chains and seals."""
    seals = Seals(store.heads(HERE), kept)
    found: list[Finding | None] = [*seals.faults()]
    for log in store.chained(HERE):
        found += [broken(log), *seals.check(log)]
    found += seals.gone()
    return {(one.dossier, one.line if one.dossier else None, one.name) for one in found if one is not None}


def theirs(store: Store, kept: Sequence[Kept] = ()) -> set[Place]:
    """What the stand-alone one says of an export."""
    seals = list(stranger().read_seals(StringIO("".join(as_text(HERE, one.head) for one in kept)))) if kept else []
    return set(stranger().faults(export(store, HERE), seals))


@pytest.fixture(scope="module")
def logs() -> list[Chained]:
    """The logs of a live store."""
    store = MemoryStore()
    lived(store, 12, 1)
    return [log for log in store.chained(HERE) if len(log.moves) > 2]


@pytest.mark.parametrize("seed", range(20))
def test_random_tampering_in_memory(logs: list[Chained], seed: int) -> None:
    """A thousand in all: every one is found, at its line, by both."""
    random = Random(seed)
    for _ in range(50):
        index = random.randrange(len(logs))
        wish = tampering(random, logs[index])
        store = Bent([*logs[:index], in_rows(logs[index], wish), *logs[index + 1 :]])
        found = ours(store)
        assert [(number, line) for number, line, _ in found] == [(logs[index].case.number, wish.first_bad)], wish
        assert found == theirs(store)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store, sealed."""
    path = tmp_path_factory.mktemp("kho") / "kho.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        lived(store, 5, 1)
        store.seal(HERE, NOON)
    return path


@pytest.fixture
def copy(file: Path, tmp_path: Path) -> Path:
    """A copy of it to do what one likes to."""
    target = tmp_path / "ban-sao.db"
    target.write_bytes(file.read_bytes())
    return target


def test_random_tampering_with_sql(copy: Path) -> None:
    """Plain SQL in an SQLite file without its triggers; each undone after the look at it."""
    random = Random(11)
    with closing(opened_up(copy)) as connection:
        store = SqlStore.joined(connection)
        logs = list(store.chained(HERE))
        ids = dict(connection.execute("SELECT number, id FROM dossiers").fetchall())
        for _ in range(300):
            log = random.choice(logs)
            wish = tampering(random, log)
            connection.execute("BEGIN")
            in_sql(connection, ids[log.case.number], wish)
            found = ours(store)
            assert bad(logs, log, wish) == {place[:2] for place in found if place[2] != "head-mismatch"}, wish
            assert found == theirs(store)
            connection.execute("ROLLBACK")
        assert ours(store) == set()


@pytest.mark.parametrize("kind", ["wheel", "debian"])
def test_random_tampering_in_postgresql(schemas: Callable[[Any], Schemas], kind: str) -> None:
    """The same by who owns the tables there."""
    import psycopg

    random, url = Random(3), schemas(kind).fresh()
    with closing(open_store(url)) as opened, psycopg.connect(url, autocommit=True) as connection:
        lived(opened, 3, 1)
        tables = [
            row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        ]
        for name in tables:
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER".encode())
        store = SqlStore.joined(connection)
        logs = list(store.chained(HERE))
        ids = dict(connection.execute("SELECT number, id FROM dossiers").fetchall())
        for _ in range(25):
            log = random.choice(logs)
            wish = tampering(random, log)
            with connection.transaction(force_rollback=True):
                in_sql(connection, ids[log.case.number], wish, "%s")
                found = ours(store)
                assert {place[:2] for place in found} == bad(logs, log, wish), wish
                assert found == theirs(store)


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE dossiers SET version = 2 WHERE number = ?", 0),
        ("UPDATE dossiers SET code = 'LTHH-01' WHERE number = ?", 0),
        ("UPDATE dossiers SET channel = 'postal' WHERE number = ?", 0),
        ("UPDATE moves SET record = '{\"a' WHERE seq = 1 AND dossier = {its}", 1),
        (
            'UPDATE moves SET record = \'{"a": "\\ud800"}\' WHERE seq = 1 AND dossier = {its}',
            1,
        ),
        (
            "UPDATE moves SET record = '[1, {}]' WHERE seq = 1 AND dossier = {its}",
            1,
        ),
        (f"UPDATE moves SET record = '{'[' * 200_000}' WHERE seq = 1 AND dossier = {{its}}", 1),
    ],
)
def test_head_of_a_dossier_and_rubbish(copy: Path, sql: str, line: int) -> None:
    """What never changes of a dossier is under the chain, and what can't be read breaks it."""
    with closing(opened_up(copy)) as connection:
        store = SqlStore.joined(connection)
        number = next(store.chained(HERE)).case.number
        connection.execute(sql.replace("{its}", "(SELECT id FROM dossiers WHERE number = ?)"), (number,))
        assert ours(store) == theirs(store) == {(number, line, "broken-chain")}
        assert ("error", "DOS305") in {(one.level, one.code) for one in verify_store(agency(), store).findings}


def test_a_word_is_gone(copy: Path) -> None:
    """Every line that had it is broken; it is shown as its number."""
    with closing(opened_up(copy)) as connection:
        store = SqlStore.joined(connection)
        connection.execute("DELETE FROM words WHERE word = 'receive'")
        begun = [log for log in store.chained(HERE) if log.moves[0].action.startswith("#")]
        assert len(begun) > 1
        assert {(log.case.number, 0, "broken-chain") for log in begun} <= ours(store) == theirs(store)


def test_lines_of_no_dossier(copy: Path) -> None:
    """I2: whosever they were, they are shown under their row; also where no seal tells of the dossier."""
    with closing(opened_up(copy)) as connection:
        store = SqlStore.joined(connection)
        lines = len(next(store.chained(HERE)).moves)
        connection.execute("UPDATE moves SET dossier = 999 WHERE dossier = (SELECT min(id) FROM dossiers)")
        connection.execute("DELETE FROM heads")
        assert ours(store) == theirs(store) == {("#999", 0, "broken-chain")}
        done = verify_store(agency(), store)
        assert ("#999", "DOS305") in {(one.dossier, one.code) for one in done.findings}
        assert [len(log.moves) for log in store.chained(HERE)][-1] == lines
        assert connection.execute("SELECT count(*) FROM log WHERE agency IS NULL").fetchone() == (lines,)


@pytest.mark.parametrize("tips", ["", "[1]", "7", "[" * 200_000, '[["a", 1]]'])
def test_a_seal_that_is_rubbish(copy: Path, tips: str) -> None:
    """I9: a finding where all is looked at, and said where it is needed; never a traceback."""
    with closing(opened_up(copy)) as connection:
        store = SqlStore.joined(connection)
        connection.execute("UPDATE heads SET tips = ?", (tips,))
        assert "DOS307" in {one.code for one in verify_store(agency(), store).findings}
        connection.execute("BEGIN")
        with pytest.raises(StoreError, match="flowiso verify"):
            store.seal(HERE, NOON)


@pytest.mark.parametrize(
    "change",
    [
        "moves SET note = {rubbish} WHERE seq = 1",
        "words SET word = {rubbish} WHERE id = (SELECT max(step) FROM moves)",
        "heads SET tips = {rubbish}",
        "dossiers SET number = {rubbish} WHERE id = 1",
    ],
)
def test_text_that_is_none(copy: Path, change: str) -> None:
    """Bytes that are no UTF-8 can't be read at all: said in our words."""
    with closing(opened_up(copy)) as connection:
        connection.execute(f"UPDATE {change}".format(rubbish="CAST(x'ff' AS TEXT)"))
        with pytest.raises(StoreError, match="UTF-8"):
            verify_store(agency(), SqlStore.joined(connection))
    with closing(open_store(f"sqlite:///{copy}")) as store, pytest.raises(StoreError, match="UTF-8"):
        verify_store(agency(), store)


class TestSeals:
    """What the chain can't show: a log cut off, and one written anew with right hashes."""

    @pytest.fixture
    def kept(self, file: Path) -> tuple[Kept, ...]:
        """The seal as it is kept outside, through its text."""
        with closing(open_store(f"sqlite:///{file}", read_only=True)) as store:
            return read_seals(as_text(HERE, store.heads(HERE)[0]), "niem-phong.txt", HERE)

    @pytest.fixture
    def sealed(self, file: Path) -> list[Chained]:
        with closing(open_store(f"sqlite:///{file}", read_only=True)) as store:
            return list(store.chained(HERE))

    def both(self, logs: Iterable[Chained], heads: Sequence[Head], kept: Sequence[Kept]) -> set[Place]:
        """What both verifiers find, which is the same."""
        store = Bent(logs, heads)
        found = ours(store, kept)
        assert found == theirs(store, kept)
        return found

    def test_untouched(self, sealed: list[Chained], kept: tuple[Kept, ...]) -> None:
        heads = [one.head for one in kept]
        assert self.both(sealed, heads, kept) == self.both(sealed, heads, ()) == set()

    def test_grown_since(self, file: Path, copy: Path, kept: tuple[Kept, ...]) -> None:
        """A later line and a later seal are no fault."""
        with closing(open_store(f"sqlite:///{copy}")) as store:
            lived(store, 2, 9)
            assert ours(store, kept) == set()
            assert store.seal(HERE, NOON + 86_400) is not None
            assert ours(store, kept) == theirs(store, kept) == set()

    @pytest.mark.parametrize("seed", range(40))
    def test_cut_tail(self, sealed: list[Chained], kept: tuple[Kept, ...], seed: int) -> None:
        """The first missing line is named, with the seals of the store and with the one outside alone."""
        random = Random(seed)
        index = random.randrange(len(sealed))
        log, heads = sealed[index], [one.head for one in kept]
        at = random.randrange(1, len(log.moves))
        cut = [*sealed[:index], in_rows(log, Tampering("cut", at)), *sealed[index + 1 :]]
        expected = {(log.case.number, at, "head-mismatch")}
        assert self.both(cut, heads, ()) == self.both(cut, heads, kept) == expected
        assert self.both(cut, (), kept) == expected | {(None, None, "head-mismatch")}

    def test_dossier_is_gone(self, sealed: list[Chained], kept: tuple[Kept, ...]) -> None:
        heads = [one.head for one in kept]
        assert self.both(sealed[1:], heads, kept) == {(sealed[0].case.number, 0, "head-mismatch")}

    @pytest.mark.parametrize("seed", range(20))
    def test_written_anew(self, sealed: list[Chained], kept: tuple[Kept, ...], seed: int) -> None:
        """Every hash computed as it should be, and the seals of the store too: the one outside finds it."""
        random = Random(seed)
        index = random.randrange(len(sealed))
        log, heads = sealed[index], [one.head for one in kept]
        moves = [
            move._replace(note="viết lại") if move.seq == random.randrange(len(log.moves)) else move
            for move in log.moves
        ]
        moves[0] = moves[0]._replace(at=moves[0].at - 60)
        forged = rehashed(log, moves)
        anew = [*sealed[:index], forged, *sealed[index + 1 :]]
        last = (log.case.number, len(moves) - 1, "head-mismatch")
        assert self.both(anew, heads, ()) == {last}
        resealed = forge(heads[0], forged)
        assert self.both(anew, [resealed], ()) == set()
        assert self.both(anew, [resealed], kept) == {last, (None, None, "head-mismatch")}

    def test_seals_of_the_store(self, sealed: list[Chained], kept: tuple[Kept, ...]) -> None:
        """A seal that is altered, missing or moved is told; a later one stands on it."""
        head = kept[0].head
        second = Head(1, NOON + 5, head.digest, seal(head.digest, ()), ())
        lost = {(None, None, "head-mismatch")}
        assert self.both(sealed, [head, second], kept) == set()
        assert self.both(sealed, [second], ()) == lost
        assert self.both(sealed, [head._replace(digest="0" * 64), second], ()) == lost
        assert self.both(sealed, [head._replace(tips=head.tips[1:]), second], ()) == lost
        assert self.both(sealed, [head._replace(at=NOON + 1)], kept) == lost

    def test_kept_seal_was_altered(self, sealed: list[Chained], kept: tuple[Kept, ...]) -> None:
        """It says so, and nothing of the logs."""
        number, seq, _ = kept[0].head.tips[0]
        wrong = kept[0].head._replace(tips=((number, seq, "0" * 64), *kept[0].head.tips[1:]))
        assert self.both(sealed, [kept[0].head], [Kept(wrong)]) == {(None, None, "head-mismatch")}


def forge(head: Head, log: Chained) -> Head:
    """A seal made anew over a log that was."""
    number = log.case.number
    tips = tuple((name, seq, log.hashes[seq].hex() if name == number else tip) for name, seq, tip in head.tips)
    return head._replace(tips=tips, digest=seal(head.previous, tips))


def test_rewritten_moves_show_without_seals(logs: list[Chained]) -> None:
    """Right hashes, no seal: what the application could not have written is found by the replay alone (I3)."""
    found = 0
    for log in logs:
        for seq in range(1, len(log.moves) - 1):
            rest = [move._replace(seq=number) for number, move in enumerate(one for one in log.moves if one.seq != seq)]
            gone = rehashed(log, rest)
            stolen = rehashed(log, [one._replace(actor="hung.ktnl") if one.seq == seq else one for one in log.moves])
            assert broken(gone) is None
            assert broken(stolen) is None
            for forged in (gone, stolen):
                faults = verify_store(agency(), Bent([forged])).findings
                found += any(one.code not in ("DOS308", "DOS309") for one in faults)
                assert {one.dossier for one in faults if one.level == "error"} == {log.case.number}
    assert found > len(logs)


def test_back_dating_shows_against_the_database(logs: list[Chained]) -> None:
    """R129: a log moved back to heal lateness, hashes and all, has the hour of its writing against it."""
    log = logs[0]._replace(recorded=tuple(move.at for move in logs[0].moves))
    assert "DOS309" not in {one.code for one in verify_store(agency(), Bent([log])).findings}
    back = rehashed(log, [move._replace(at=move.at - 7 * 86_400) for move in log.moves])
    assert "DOS309" in {one.code for one in verify_store(agency(), Bent([back])).findings}


class TestSealFile:
    """What is kept outside is read with care."""

    def test_comes_back(self) -> None:
        heads = [Head(0, NOON, "", "a" * 64, (("n-1", 3, "b" * 64),)), Head(1, NOON + 1, "a" * 64, "c" * 64, ())]
        text = "\n".join(as_text(HERE, head) for head in heads)
        read = read_seals("\ufeff" + text.replace("\n", "\r\n"), "tệp", HERE)
        assert [one.head for one in read] == heads
        assert [one.line for one in read] == [1, 9]
        assert [tuple(one)[:4] for one in stranger().read_seals(StringIO(text))] == [tuple(head)[:4] for head in heads]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("flowiso-seal 1", "flowiso-seal 2"),
            ("position 0", "position x"),
            ("position 0", "position -1"),
            ("time 2027", "time hai nghìn"),
            ("+07:00", ""),
            ("digest a", "digest A"),
            ("tip n-1 3", "tip 3"),
            ("tip n-1 3", "top n-1 3"),
            ("previous -", ""),
            (f"agency {HERE}", "agency khác"),
        ],
    )
    def test_is_refused(self, old: str, new: str) -> None:
        text = as_text(HERE, Head(0, NOON, "", "a" * 64, (("n-1", 3, "b" * 64),)))
        assert old in text
        with pytest.raises(BadValue, match=r"tệp:\d"):
            read_seals(text.replace(old, new), "tệp", HERE)


class TestCommands:
    """`flowiso seal`, `verify --heads`, `export-log`, and the stand-alone verifier as it is run."""

    def stand_alone(self, *words: object) -> tuple[int, str]:
        path = Path(__file__).parent.parent / "docs" / "verify_log.py"
        done = subprocess.run(
            [sys.executable, "-I", path, *map(str, words)], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    def test_the_whole_way(self, copy: Path, tmp_path: Path, call: Call) -> None:
        """Seal, keep it, tamper, and both say where."""
        url, outside, out = f"sqlite:///{copy}", tmp_path / "niem-phong.txt", tmp_path / "nhat-ky.jsonl"
        assert call("seal", "--store", url, "-o", outside)[0] == 0
        assert call("export-log", "--store", url, "-o", out)[0] == 0
        assert call("verify", "--store", url, "--heads", outside, "--level", "error")[0] == 0
        assert self.stand_alone(out, outside) == (0, "nothing wrong\n")
        with closing(opened_up(copy)) as connection:
            connection.execute("DELETE FROM heads")
            number, last = connection.execute(
                "SELECT number, max(seq) FROM moves JOIN dossiers ON id = dossier GROUP BY dossier ORDER BY dossier LIMIT 1"
            ).fetchone()
            connection.execute("DELETE FROM moves WHERE seq = ? AND dossier = (SELECT min(id) FROM dossiers)", (last,))
            connection.execute("DELETE FROM outbox WHERE seq = ? AND dossier = (SELECT min(id) FROM dossiers)", (last,))
        assert call("verify", "--store", url, "--level", "error")[0] == 0
        code, text, _ = call("verify", "--store", url, "--heads", outside, "--level", "error")
        assert code == 1
        assert f"{number}:{last}: DOS307 head-mismatch: thiếu dòng {last}" in text
        assert f"{outside}:1: DOS307" in text
        assert call("export-log", "--store", url, "-o", out)[0] == 0
        assert self.stand_alone(out, outside) == (
            1,
            f"seals: head-mismatch\n{number}:{last}: head-mismatch\nfaults were found\n",
        )

    def test_seal_as_json_and_again(self, copy: Path, call: Call) -> None:
        """Without anything new the last seal is printed again."""
        first = call("seal", "--store", f"sqlite:///{copy}", "--format", "json")
        told = json.loads(first[1])
        assert (first[0], told["position"], told["agency"], told["previous"]) == (0, 0, HERE, "")
        assert told["tips"][0].keys() == {"dossier", "line", "hash"}
        assert "không có dòng mới; in lại niêm phong 0" in first[2]

    def test_a_seal_that_cannot_be_put_down_is_not_made(self, copy: Path, tmp_path: Path, call: Call) -> None:
        """R157: what `-o` refuses is refused beforehand, so that each seal of the store is also kept outside."""
        url = f"sqlite:///{copy}"
        with closing(open_store(url)) as store:
            lived(store, 1, 7)
            before = list(store.heads(HERE))
        for output in (copy, tmp_path / "khong-co" / "niem-phong.txt", tmp_path):
            assert call("seal", "--store", url, "-o", output)[0] == 2
        with closing(open_store(url)) as store:
            assert list(store.heads(HERE)) == before

    def test_nothing_to_seal(self, tmp_path: Path, call: Call) -> None:
        url = f"sqlite:///{tmp_path / 'trong.db'}"
        open_store(url).close()
        code, _, err = call("seal", "--store", url)
        assert (code, "chưa có hồ sơ nào" in err) == (2, True)

    def test_seal_of_another_agency(self, copy: Path, tmp_path: Path, call: Call) -> None:
        other = tmp_path / "khac.txt"
        other.write_text(as_text("000.00.20.H19", Head(0, NOON, "", "a" * 64, ())), encoding="utf-8")
        code, _, err = call("verify", "--store", f"sqlite:///{copy}", "--heads", other)
        assert (code, "khac.txt:2: niêm phong của cơ quan 000.00.20.H19" in err) == (2, True)

    def test_export_is_cut_off_or_none(self, copy: Path, tmp_path: Path, call: Call) -> None:
        """The stand-alone verifier leaves with 2 where it can't tell."""
        out = tmp_path / "nhat-ky.jsonl"
        assert call("export-log", "--store", f"sqlite:///{copy}", "-o", out)[0] == 0
        whole = out.read_text(encoding="utf-8")
        for text in ("", "{}\n", whole[: len(whole) // 2], whole.rsplit("\n", 2)[0] + "\n", "[1]\n"):
            out.write_text(text, encoding="utf-8")
            assert self.stand_alone(out)[0] == 2, text[:40]
        assert self.stand_alone()[0] == self.stand_alone(tmp_path / "khong-co")[0] == 2

    def test_export_has_no_personal_data(self, tmp_path: Path, call: Call) -> None:
        """R151: what is kept apart from the log stays apart."""
        url = f"sqlite:///{tmp_path / 'kho.db'}"
        with closing(open_store(url)) as store:
            engine = lived(store, 0, 1)
            engine.receive("LTHH-13", by="lan.vp", people={"owner": "Nguyễn Văn Bí Mật"})
        code, out, _ = call("export-log", "--store", url)
        assert (code, "Bí Mật" in out, '"receive"' in out) == (0, False, True)


def test_stand_alone_verifier_is_small_and_old_enough() -> None:
    """At most 150 lines, the standard library, Python 3.8."""
    path = Path(__file__).parent.parent / "docs" / "verify_log.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    tree = ast.parse(text, feature_version=(3, 8))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"__future__", "collections.abc", "datetime", "hashlib", "json", "sys", "typing"}
