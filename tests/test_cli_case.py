"""The engine's verbs at the command line: one dossier from receipt to return, in both languages, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., tuple[int, str, str]]
Desk = Callable[..., str]
LTHH = "LTHH-13"
FIRST = "000.00.19.H19-210914-0001"


@pytest.fixture
def desk(call: Call, one_flow: Path, tmp_path: Path) -> Desk:
    """Commands on one store, at moments of Tuesday 14/09/2021; what they print, and say."""
    url = f"sqlite:///{tmp_path / 'mot-cua.db'}"

    def run(*words: str, at: str = "08:30", code: int = 0) -> str:
        left, out, err = call(*words, "--store", url, "--at", f"2021-09-14 {at}", "--flows", one_flow)
        assert left == code, err
        return out or err

    return run


def received(desk: Desk, *more: str) -> str:
    """One dossier of wholesale liquor, received at 08:30."""
    return desk("receive", LTHH, "--by", "lan.vp", "--new-store", "--allow-draft", *more)


def test_receive_says_number_due_date_and_what_can_be_done(desk: Desk) -> None:
    """R30, R31, R70: the number of that day, ten working days from Tuesday 14/09."""
    out = received(desk)
    assert FIRST in out
    assert "Thứ Ba 28/09/2021 17:00" in out
    assert "ha.qltm, vinh.qltm" in out


def test_a_dossier_from_receipt_to_return(desk: Desk) -> None:
    """Status 2, 4, 9, 10; every hand-over in the log."""
    received(desk)
    for at, by, to in (
        ("09:00", "lan.vp", "ha.qltm"),
        ("09:30", "ha.qltm", "mai.qltm"),
        ("10:00", "mai.qltm", "ha.qltm"),
    ):
        desk("move", FIRST, "chuyen", "--by", by, "--to", to, at=at)
    desk("move", FIRST, "chuyen", "--by", "ha.qltm", "--to", "quang.lds", at="10:30")
    desk("move", FIRST, "chuyen", "--by", "quang.lds", "--to", "hanh.vp", at="11:00")
    ready = json.loads(
        desk("move", FIRST, "chuyen", "--by", "hanh.vp", "--to", "lan.vp", "--format", "json", at="13:30")
    )
    assert (ready["status"], ready["step"], ready["resolved"]) == (9, "tra-ket-qua", "2021-09-14T13:30:00+07:00")
    done = json.loads(desk("move", FIRST, "tra", "--by", "lan.vp", "--format", "json", at="14:00"))
    assert (done["status"], done["ended"], done["holder"]) == (10, True, None)
    log = desk("dossier", FIRST, at="15:00")
    assert log.count("Chuyển bước tiếp theo") == 6
    assert "Nguyễn Thị Lan (lan.vp)" in log


def test_a_wrong_account_is_refused_with_who_fits(desk: Desk) -> None:
    """R121: exit 2, the reason and the accounts that fit; nothing is written."""
    received(desk)
    desk("move", FIRST, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", at="09:00")
    said = desk("move", FIRST, "chuyen", "--by", "ha.qltm", "--to", "hung.ktnl", at="09:30", code=2)
    assert "thuộc 'ktnl'" in said
    assert "mai.qltm" in said
    assert json.loads(desk("dossier", FIRST, "--format", "json", at="10:00"))["holder"] == "ha.qltm"


def test_words_that_a_form_needs(desk: Desk) -> None:
    """R11, R43: a supplement without its content is refused, with its content it is in the log."""
    received(desk)
    desk("move", FIRST, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", at="09:00")
    desk("move", FIRST, "chuyen", "--by", "ha.qltm", "--to", "mai.qltm", at="09:30")
    words = ("move", FIRST, "yeu-cau-bo-sung", "--by", "mai.qltm", "--to", "lan.vp")
    assert "note" in desk(*words, at="10:00", code=2)
    desk(*words, "--note", "thiếu bản sao giấy đăng ký kinh doanh", at="10:00")
    assert "thiếu bản sao giấy đăng ký kinh doanh" in desk("dossier", FIRST, at="10:30")


def test_personal_data_is_masked(desk: Desk) -> None:
    """R151."""
    received(desk, "--person", "owner=Nguyễn Văn An", "--person", "phone=0912345678")
    out = desk("dossier", FIRST, at="09:00")
    assert "Ng*** V** An" in out
    assert "***678" in out
    assert "Nguyễn Văn An" not in out


@pytest.mark.parametrize("given", ["owner", "owner=A|owner=B", "color=red"])
def test_personal_data_that_can_not_be_read(desk: Desk, given: str) -> None:
    words = [word for one in given.split("|") for word in ("--person", one)]
    desk("receive", LTHH, "--by", "lan.vp", "--new-store", "--allow-draft", *words, code=2)


def test_the_same_key_does_nothing_twice(desk: Desk) -> None:
    """T6: the second call prints what the first one made; another wish under the key is refused."""
    assert received(desk, "--key", "k1") == received(desk, "--key", "k1")
    assert FIRST not in received(desk)
    move = ("move", FIRST, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", "--key", "k2")
    first = desk(*move, at="09:00")
    assert desk(*move, at="09:05") == first
    assert "k2" in desk("move", FIRST, "rut-ho-so", "--by", "lan.vp", "--key", "k2", at="09:10", code=2)


def test_submitted_then_received(desk: Desk) -> None:
    """R13: an online submission waits for its answer."""
    out = desk("submit", LTHH, "--to", "lan.vp", "--new-store", "--allow-draft")
    assert "Mới đăng ký" in out
    assert "Được tiếp nhận" in desk("receive", FIRST, "--by", "lan.vp", "--allow-draft", at="10:00")


def test_hand_over_tells_what_had_to_stay(desk: Desk) -> None:
    """R128: one line each; who may not hold it doesn't get it; exit 1."""
    for _ in range(3):
        received(desk)
    for number in (1, 2):
        desk("move", f"{FIRST[:-1]}{number}", "chuyen", "--by", "lan.vp", "--to", "ha.qltm", at="09:00")
    words = ("hand-over", "ha.qltm", "--by", "quang.lds", "--note", "nghỉ hưu")
    assert "để lại 2" in desk(*words, "--to", "mai.qltm", at="10:00", code=1)
    done = json.loads(desk(*words, "--to", "vinh.qltm", "--format", "json", at="10:00"))
    assert done == {"moved": [f"{FIRST[:-1]}{number}" for number in (1, 2)], "refused": []}


def test_hand_over_of_nobody(desk: Desk) -> None:
    """R128: a mistyped account is said, with the one that is meant; one that holds nothing has nothing to hand on."""
    received(desk)
    words = ("--by", "quang.lds", "--note", "nghỉ hưu", "--to", "vinh.qltm")
    said = desk("hand-over", "mai.qltn", *words, at="10:00", code=2)
    assert "không có tài khoản 'mai.qltn'" in said
    assert "có phải 'mai.qltm'?" in said
    assert "đã giao 0, để lại 0" in desk("hand-over", "mai.qltm", *words, at="10:00")


def test_a_dossier_as_it_stood_then(desk: Desk) -> None:
    """R114, R124: with a moment gone by, step, holder, status, buttons and log are those of then; before it, there was none."""
    received(desk)
    desk("move", FIRST, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", at="09:00")
    desk("move", FIRST, "chuyen", "--by", "ha.qltm", "--to", "mai.qltm", at="10:00")
    then = json.loads(desk("dossier", FIRST, "--format", "json", at="09:30"))
    assert (then["step"], then["holder"], then["status"], len(then["log"])) == ("phan-cong", "ha.qltm", 4, 2)
    assert "mai.qltm" in then["actions"][0]["accounts"]
    assert json.loads(desk("dossier", FIRST, "--format", "json", at="08:30"))["status"] == 2
    assert json.loads(desk("dossier", FIRST, "--format", "json", at="10:00"))["holder"] == "mai.qltm"
    said = desk("dossier", FIRST, at="08:29", code=2)
    assert "14/09/2021 08:29" in said
    assert "14/09/2021 08:30" in said


def test_a_submission_is_told_in_words(desk: Desk) -> None:
    """R13: the first line of an online dossier, in both languages."""
    desk("submit", LTHH, "--to", "lan.vp", "--new-store", "--allow-draft")
    assert "Nộp trực tuyến → Nguyễn Thị Lan" in desk("dossier", FIRST, at="09:00")
    assert "Submit online → Nguyễn Thị Lan" in desk("dossier", FIRST, "--lang", "en", at="09:00")


@pytest.mark.parametrize("command", ["receive", "submit"])
def test_how_a_store_is_made(desk: Desk, command: str) -> None:
    """A mistyped address makes no store; who means a new one is told the option, not to simulate a year."""
    said = desk(command, LTHH, "--by" if command == "receive" else "--to", "lan.vp", "--allow-draft", code=2)
    for told in (said, desk("dossier", FIRST, code=2)):
        assert "flowiso receive ... hay flowiso serve ... --new-store --store sqlite:///" in told
        assert "flowiso.open(store=...)" in told


def test_words_that_nobody_sees(desk: Desk) -> None:
    """An account pasted with a zero-width space is said, with the character and its place."""
    assert "U+200B, ở vị trí 4" in desk("receive", LTHH, "--by", "lan\u200b.vp", "--new-store", code=2)


def test_no_store_and_no_dossier(desk: Desk) -> None:
    """A mistyped address makes no store, and an unknown number is said."""
    received(desk)
    assert "0099" in desk("dossier", f"{FIRST[:-4]}0099", code=2)


def test_drafts_need_leave(desk: Desk) -> None:
    assert "--allow-draft" in desk("receive", LTHH, "--by", "lan.vp", "--new-store", code=2)


@pytest.mark.parametrize("command", ["seal", "export-log", "migrate"])
def test_no_store_is_written_over(desk: Desk, call: Call, one_flow: Path, tmp_path: Path, command: str) -> None:
    """R58: no log is lost to a slip of the hand, whatever name the store goes by."""
    received(desk)
    store, alias = tmp_path / "mot-cua.db", tmp_path / "niem-phong.txt"
    alias.symlink_to(store)
    more = (LTHH, "--to", 1, "--plan", "--at", "2021-09-14 09:00") if command == "migrate" else ()
    for target in (store, alias):
        code, _, err = call(command, *more, "--store", f"sqlite:///{store}", "-o", target, "--flows", one_flow)
        assert (code, "không ghi đè; hãy chọn tệp khác sau -o" in err) == (2, True)
    assert FIRST in desk("dossier", FIRST, at="09:00")


@pytest.mark.parametrize("command", ["seal", "export-log"])
def test_what_was_written_is_said(desk: Desk, call: Call, one_flow: Path, tmp_path: Path, command: str) -> None:
    """On standard error, and only where there is a file."""
    received(desk)
    words = (command, "--store", f"sqlite:///{tmp_path / 'mot-cua.db'}", "--flows", one_flow)
    target = tmp_path / "ra.txt"
    code, out, err = call(*words, "-o", target)
    assert (code, out, f"đã ghi {target} (" in err) == (0, "", True)
    assert "đã ghi" not in call(*words)[2]


def test_a_file_of_seals_that_is_not_there_is_named(desk: Desk, call: Call, one_flow: Path, tmp_path: Path) -> None:
    received(desk)
    url = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    code, _, err = call("verify", "--store", url, "--heads", tmp_path / "mat.txt", "--flows", one_flow)
    assert (code, "mat.txt': không có tệp" in err) == (2, True)


PAUSED = ("--by", "quang.lds", "--note", "chờ toà án", "--record", "ground=Luật 1")


def test_what_can_be_done_names_the_verbs(desk: Desk) -> None:
    """R13, R59: a submission waits to be received, a paused dossier to be resumed; the other verbs stand in one line."""
    desk("submit", LTHH, "--to", "lan.vp", "--new-store", "--allow-draft")
    out = desk("dossier", FIRST)
    assert "  receive              Tiếp nhận\n" in out
    assert "resume" not in out
    out = desk("receive", FIRST, "--by", "lan.vp", "--allow-draft", at="09:00")
    assert "động từ chung: confirm, recall, bounce, reassign, reappoint, pause, stop, " in out
    assert "  receive " not in out
    out = desk("move", FIRST, "pause", *PAUSED, at="10:00")
    assert "  resume               Tiếp tục giải quyết\n" in out
    assert "  chuyen " not in out


@pytest.mark.parametrize(("wrong", "meant"), [("suspend", "pause"), ("close", "stop"), ("reasign", "reassign")])
def test_a_mistaken_verb_is_told_the_right_one(desk: Desk, wrong: str, meant: str) -> None:
    received(desk)
    said = desk("move", FIRST, wrong, "--by", "quang.lds", at="09:00", code=2)
    assert f"không có hành động '{wrong}'; có phải '{meant}'?; có thể: chuyen" in said
    assert "động từ chung: confirm, recall" in said


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_ends_without_a_result_is_not_said_to_have_one(desk: Desk, lang: str) -> None:
    """R59: a stopped dossier has ended; page and ledger say so. What is left to do is a remark."""
    received(desk)
    out = desk("move", FIRST, "stop", *PAUSED, "--lang", lang, at="10:00")
    assert ("kết thúc: " if lang == "vi" else "ended: ") in out
    assert not {"result:", "correct,"} & set(out.split())
    assert "có kết quả:" not in out
    assert "rate, complain, answer, lose, fault" in out
    ledger = desk("ledger", FIRST, "--lang", lang, at="11:00")
    assert ("kết thúc 14/09/2021 10:00" if lang == "vi" else "ended 14/09/2021 10:00") in ledger


def test_what_is_missing_is_named_as_options(desk: Desk) -> None:
    """The remedy can be typed as it stands."""
    received(desk)
    said = desk("move", FIRST, "stop", "--by", "quang.lds", at="10:00", code=2)
    assert "hãy ghi thêm (note, ground): --note … --record ground=…" in said


def test_who_gets_it_is_asked_for_as_an_option(desk: Desk) -> None:
    """R121: whoever takes an arrow or reassigns without a name is told how to give one, and who may have it."""
    received(desk)
    for action, names in (
        ("chuyen", ": ha.qltm, vinh.qltm"),
        ("reassign", "; được giao cho: thao.vp, khoa.vp, nhi.vp"),
    ):
        said = desk("move", FIRST, action, "--by", "lan.vp", at="09:00", code=2)
        assert f"chọn người nhận (to, --to){names}" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("move", FIRST, "chuyen", "--by", "", "--to", "ha.qltm"),
            "'--by' để trống; hãy ghi: Tài khoản thực hiện: lan.vp",
        ),
        (("move", FIRST, "chuyen", "--by", "lan.vp", "--to", " "), "'--to' để trống; hãy ghi: Giao cho tài khoản này"),
        (("receive", LTHH, "--by", "", "--lang", "en"), "'--by' is blank; give: Who does it: lan.vp"),
        (("ledger", FIRST), "chưa được tiếp nhận nên chưa có giờ nào để tính; hãy cho thời điểm từ 14/09/2021 08:30"),
        (("migrate", "LTHH-99", "--to", "2", "--plan"), "không có lưu đồ LTHH-99; có phải 'LTHH-13'?"),
        (
            ("migrate", LTHH, "--undo", "x.json"),
            "lấy thủ tục, lần và bước ở trong tệp; hãy bỏ mã thủ tục, --to và --map",
        ),
    ],
)
def test_what_is_left_blank_or_too_early_is_told_with_what_to_do(desk: Desk, words: tuple[str, ...], said: str) -> None:
    """An empty variable in a script is no account; a moment before the receipt is told with the receipt's."""
    received(desk)
    assert said in desk(*words, at="08:00", code=2)


def test_a_ledger_of_what_was_never_received(desk: Desk) -> None:
    desk("submit", LTHH, "--to", "lan.vp", "--new-store", "--allow-draft")
    assert "chưa có giờ nào để tính; hãy tiếp nhận trước (receive)" in desk("ledger", FIRST, at="09:00", code=2)


def test_english(desk: Desk) -> None:
    """Every label in English."""
    out = received(desk, "--lang", "en")
    assert "due:" in out
    assert "Received" in out
    assert "hẹn trả" not in out
