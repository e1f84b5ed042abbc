"""Changes to YAML text, by seed: bytes, tokens, lines and whole branches, and two files spliced into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Change = Callable[[list[str], Random], None]

TOKENS = (
    *(
        "",
        " ",
        "- ",
        "? ",
        ": ",
        ", ",
        "#",
        "{",
        "}",
        "[",
        "]",
        "[]",
        "{}",
        "'",
        '"',
        "|",
        ">-",
        "|9",
        "&a",
        "*a",
        "!!int",
        "<<:",
    ),
    *(
        "---",
        "...",
        "%YAML 1.1",
        "@",
        "`",
        "\\",
        "~",
        "null",
        "none",
        "yes",
        "no",
        "true",
        "0",
        "-1",
        "1e400",
        "0x1F",
        "１",
    ),
    *("9" * 12, "immediate", "999999999wd", "0wd", "0.5wd", "1d", "4wh", "48h", "3661d", "24:00-24:00", "07:30-11:30"),
    *(
        "2021-02-30",
        "0000-00-00",
        "9999-12-31",
        "restart",
        "pause",
        "stopped",
        "run",
        "supplement",
        "send-back",
        "refuse",
    ),
    *(
        "granted",
        "silence",
        "mot-cua",
        "nguoi-nop",
        "he-thong",
        "chuyen",
        "tham-dinh",
        "da-cap",
        "\t",
        "\r",
        "\u0301",
        "\u200b",
    ),
    *(
        "\u202e",
        "\u2028",
        "\ufeff",
        "\0",
        "\x07",
        "е",
        "code:",
        "steps:",
        "aside:",
        "anywhere:",
        "at-due:",
        "at-limit:",
        "then:",
    ),
    *(
        "to:",
        "by:",
        "within:",
        "clock:",
        "until:",
        "ends:",
        "facts:",
        "of:",
        "read:",
        "assumed:",
        "effective:",
        "from:",
        "kind:",
    ),
    *("deadline:", "clock_policy:", "times:", "ignore:", "roles:"),
)
"""What the grammar knows, and what it must not stumble over."""


def mutated(corpus: Sequence[bytes], data: bytes, rng: Random) -> bytes:
    """`data` after a few changes, now and then on bytes rather than on text."""
    if rng.random() < 0.1:
        return _bytes_changed(data, rng)
    lines = data.decode("utf-8", "replace").split("\n")
    if rng.random() < 0.1:
        other = rng.choice(corpus).decode("utf-8", "replace").split("\n")
        lines = lines[: rng.randrange(len(lines) + 1)] + other[rng.randrange(len(other)) :]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(CHANGES)(lines, rng)
    return "\n".join(lines).encode("utf-8", "replace")


def _bytes_changed(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 2, 16))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _branch(lines: Sequence[str], rng: Random) -> slice:
    """A line and those that stand deeper below it."""
    first = rng.randrange(len(lines))
    last = first + 1
    while last < len(lines) and _depth(lines[last]) > _depth(lines[first]):
        last += 1
    return slice(first, last)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _delete(lines: list[str], rng: Random) -> None:
    del lines[_branch(lines, rng)]
    lines[:] = lines or [""]


def _double(lines: list[str], rng: Random) -> None:
    branch = _branch(lines, rng)
    lines[branch] = lines[branch] * 2


def _move(lines: list[str], rng: Random) -> None:
    branch = _branch(lines, rng)
    taken = lines[branch]
    del lines[branch]
    at = rng.randrange(len(lines) + 1)
    shift = rng.choice((0, 0, 2, -2))
    lines[at:at] = [" " * max(0, _depth(line) + shift) + line.lstrip(" ") for line in taken]


def _swap(lines: list[str], rng: Random) -> None:
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]


def _indent(lines: list[str], rng: Random) -> None:
    branch = _branch(lines, rng)
    by = rng.choice((-2, -1, 1, 2, 40))
    lines[branch] = [" " * max(0, _depth(line) + by) + line.lstrip(" ") for line in lines[branch]]


def _replace_value(lines: list[str], rng: Random) -> None:
    number = rng.randrange(len(lines))
    key, colon, value = lines[number].partition(": ")
    token = rng.choice(TOKENS)
    lines[number] = (
        key + colon + rng.choice((token, f"[{value}]", f"{{{value}}}", f"'{value}'", f"{value} {token}", value * 2))
    )


def _replace_word(lines: list[str], rng: Random) -> None:
    number = rng.randrange(len(lines))
    words = lines[number].split(" ")
    others = rng.choice(lines).split(" ")
    words[rng.randrange(len(words))] = rng.choice((*TOKENS, *others))
    lines[number] = " ".join(words)


def _insert(lines: list[str], rng: Random) -> None:
    number = rng.randrange(len(lines))
    at = rng.randrange(len(lines[number]) + 1)
    lines[number] = lines[number][:at] + rng.choice(TOKENS) + lines[number][at:]


def _cut(lines: list[str], rng: Random) -> None:
    number = rng.randrange(len(lines))
    lines[number] = lines[number][: rng.randrange(len(lines[number]) + 1)]


def _nest(lines: list[str], rng: Random) -> None:
    lines[rng.randrange(len(lines))] += rng.choice(("[", "{a: ", "- ", "? ")) * rng.choice((3, 17, 200))


def _many(lines: list[str], rng: Random) -> None:
    branch = _branch(lines, rng)
    few = lines[branch][:20]
    copies = range(rng.choice((60, 600)))
    lines[branch] = [
        line.replace(":", f"{copy}:", 1) if rng.random() < 0.9 else line for copy in copies for line in few
    ]


CHANGES: tuple[Change, ...] = (
    _delete, _double, _move, _swap, _indent, _insert, _cut, _nest, _replace_value, _replace_value, _replace_value,
    _replace_word, _replace_word, _replace_word, _many,
)  # fmt: skip
