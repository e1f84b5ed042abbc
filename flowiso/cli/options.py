"""What all commands share: texts in two languages, the options `--lang`, `--format` and `--flows`, and JSON output."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from ..library import Library

F = TypeVar("F", bound=Callable[..., Any])

_chosen = {"lang": "vi"}


def lang_of() -> str:
    """The language chosen by `--lang` (or FLOWISO_LANG) for this run."""
    return _chosen["lang"]


EXIT_CODES = Text(
    "0 không có gì sai, 1 có phát hiện, 2 không làm được", "0 nothing wrong, 1 findings, 2 it could not be done"
)


_VIETNAMESE = {
    "OPTIONS": "TÙY CHỌN", "COMMAND": "LỆNH", "ARGS": "THAM SỐ", "INTEGER RANGE": "SỐ", "INTEGER": "SỐ", "TEXT": "CHỮ",
    "DIRECTORY": "THƯ MỤC", "DIR": "THƯ MỤC", "FLOWS": "THƯ MỤC", "PATHS": "ĐƯỜNG DẪN", "PATH": "ĐƯỜNG DẪN",
    "FACT": "DỮ-KIỆN", "VALUE": "GIÁ-TRỊ", "FILE": "TỆP", "DATE": "NGÀY", "CODES": "CÁC MÃ", "CODE": "MÃ",
    "ASKED": "YÊU CẦU", "NUMBER": "MÃ SỐ",
    "ACTION": "HÀNH ĐỘNG", "ACCOUNT": "TÀI KHOẢN", "TIME": "LÚC", "NAME": "TÊN", "FIELD": "MỤC",
    "FOLDER": "THƯ MỤC", "MARK": "DẤU", "CELL": "Ô", "OLD": "CŨ", "NEW": "MỚI", "PLAN": "KẾ-HOẠCH",
    "HANDED_IN": "NỘP LẠI", "ADDRESS": "ĐỊA CHỈ", "PERCENT": "TỶ LỆ", "YEAR": "NĂM", "BASE": "GỐC", "SCENARIO": "KỊCH BẢN",
}  # fmt: skip
_METAVARS = rf"\b(?:{'|'.join(_VIETNAMESE)})\b"


def named(metavar: str) -> str:
    """What stands for a value in usage and help, in the chosen language."""
    return metavar if lang_of() == "en" else re.sub(_METAVARS, lambda match: _VIETNAMESE[match[0]], metavar)


def _remarked(text: str) -> str:
    """A help line with click's remarks on the default in the chosen language."""
    if lang_of() == "en":
        return text
    return re.sub(r"\brequired\]$", "bắt buộc]", text.replace("  [default: ", "  [mặc định: "))


class TextOption(click.Option):
    """An option whose help is a `Text`; words that aren't UTF-8 are BadValue."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The help line in the chosen language."""
        self.help = self.text.to(lang_of())
        record = super().get_help_record(ctx)
        return (named(record[0]), _remarked(record[1])) if record else None

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value, refused where it is text that no file could hold."""
        cast = super().type_cast_value(ctx, value)
        if self.type is click.STRING:
            for word in cast if isinstance(cast, tuple) else () if cast is None else (cast,):
                _refuse_surrogates(self.opts[0], word)
                self._refuse_blank(word)
        return cast

    def _refuse_blank(self, word: str) -> None:
        """A blank is what a script's empty variable leaves; no option means one, unless it is its default."""
        from ..errors import BadValue

        if not word.strip() and word != self.default:
            vi, en = (said.rstrip(".") for said in self.text)
            raise BadValue(Text(f"'{self.opts[0]}' để trống; hãy ghi: {vi}", f"'{self.opts[0]}' is blank; give: {en}"))


def _refuse_surrogates(name: str, word: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError as error:
        from ..errors import BadValue

        raise BadValue(
            Text(
                f"giá trị của '{name}' không phải chữ UTF-8; hãy gõ lại bằng bộ gõ Unicode",
                f"the value of '{name}' is not UTF-8 text; type it again",
            )
        ) from error


class _TextHelp(click.Command):
    """Help in the chosen language, with one example; mixed into command and group."""

    text: Text
    example: str

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        prefix = Text("Cách dùng: ", "Usage: ").to(lang_of())
        formatter.write_usage(ctx.command_path, named(" ".join(self.collect_usage_pieces(ctx))), prefix)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text(self.text.to(lang_of()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lang = lang_of()
        with formatter.section(Text("Ví dụ", "Example").to(lang)):
            formatter.write_text(self.example)
        with formatter.section(Text("Mã thoát", "Exit codes").to(lang)):
            formatter.write_text(EXIT_CODES.to(lang))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        records = [record for param in options if (record := param.get_help_record(ctx))]
        with formatter.section(Text("Tùy chọn", "Options").to(lang_of())):
            formatter.write_dl(records)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = Text("Hiện hướng dẫn này.", "Show this help.").to(lang_of())
        return option


class TextCommand(_TextHelp):
    """A command with `text` and `example`."""

    def __init__(self, *args: Any, text: Text, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text
        self.example = example


class TextGroup(_TextHelp, click.Group):
    """A group with `text` and `example` that lists its commands without importing them."""

    def __init__(self, *args: Any, text: Text, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text
        self.example = example

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Find out the language before anything is said."""
        choose_lang(args)
        return super().make_context(info_name, args, parent, **extra)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _TextHelp.format_options(self, ctx, formatter)
        lang = lang_of()
        with formatter.section(Text("Lệnh", "Commands").to(lang)):
            formatter.write_dl([(name, self.line_about(name, lang)) for name in self.list_commands(ctx)])

    def line_about(self, cmd_name: str, lang: str) -> str:
        """One line about a command."""
        raise KeyError(cmd_name)


def option(*names: str, text: Text, **kwargs: Any) -> Callable[[F], F]:
    """`click.option` with help in two languages."""
    return click.option(*names, cls=TextOption, text=text, **kwargs)


def choose_lang(args: Sequence[str]) -> None:
    """Speak as these arguments, or FLOWISO_LANG, ask; read first, so that `--help --lang en` is in English."""
    asked = [
        word.partition("=")[2] or following
        for word, following in zip_longest(args, args[1:], fillvalue="")
        if word == "--lang" or word.startswith("--lang=")
    ]
    wished = os.environ.get("FLOWISO_LANG") or "vi"
    _chosen["lang"] = "en" if (asked or [wished])[-1] == "en" else "vi"
    if not asked and wished not in ("vi", "en"):
        text = Text(f"FLOWISO_LANG={wished}: chỉ có vi và en; dùng vi", f"FLOWISO_LANG={wished}: only vi and en")
        click.echo(text.to(lang_of()), err=True)


lang_option = option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    expose_value=False,
    text=Text(
        "Ngôn ngữ: vi (mặc định) hoặc en; hoặc đặt FLOWISO_LANG.", "Language: vi (default) or en; or set FLOWISO_LANG."
    ),
)


def version_option(version: str) -> Callable[[F], F]:
    """`--version`, from a string so that no package metadata is read."""

    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"flowiso {version}")
            ctx.exit()

    text = Text("Hiện phiên bản.", "Show the version.")
    return option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show, text=text)


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format`, the first being the default."""
    text = Text("Dạng kết quả.", "Form of the output.")
    return option("--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, text=text)


on_option = option(
    "--on",
    metavar="DATE",
    text=Text(
        "Lần ban hành có hiệu lực ngày này: 2021-09-14 hoặc 14/09/2021 (mặc định: lần mới nhất).",
        "The version in force on this day, 2021-09-14 or 14/09/2021 (default: the newest).",
    ),
)


flows_option = option(
    "--flows",
    type=click.Path(file_okay=False),
    default=None,
    text=Text(
        "Thư mục lưu đồ (mặc định: ./flows, không có thì cơ quan đang đứng trong, rồi đến bản đi kèm FlowISO).",
        "Folder of flows (default: ./flows, else the agency one stands in, else the one shipped with FlowISO).",
    ),
)


def flows_folder(given: str | None) -> Path:
    """The folder to read: the one given, else one's own, else the shipped one, which is said on stderr."""
    from pathlib import Path

    from ..library import bundled

    if given is not None:
        return Path(given)
    if own := own_folder():
        return own
    shipped = bundled()
    click.echo(
        Text(f"dùng bản đi kèm FlowISO: {shipped}", f"using what came with FlowISO: {shipped}").to(lang_of()), err=True
    )
    return shipped


def own_folder() -> Path | None:
    """`./flows`, else the agency's folder one stands in; None when there is neither."""
    from pathlib import Path

    from ..library import agency_folder

    here = Path("flows")
    return here if here.is_dir() else agency_folder(Path())


def sound_library(given: str | None) -> Library:
    """The library of a folder without errors; FlowFileError with the findings otherwise."""
    from ..errors import FlowFileError
    from ..library import load
    from ..rules import check_library

    folder = flows_folder(given)
    library = load(folder)
    findings = [finding for finding in check_library(library) if finding.level == "error"]
    if findings:
        text = Text(
            f"'{folder}' có lỗi; xem 'flowiso check {folder}'", f"'{folder}' has errors; see 'flowiso check {folder}'"
        )
        raise FlowFileError(text, findings)
    return library


def command(name: str, text: Text, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function the command `name` with help, one example and `--lang`."""

    def make(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=TextCommand, text=text, example=example)(lang_option(function))

    return make


def json_text(value: Any) -> str:
    """`value` as JSON: readable letters, keys in their order, dates as ISO strings given by the caller."""
    import json

    return json.dumps(value, ensure_ascii=False, indent=2)


def write_json(value: Any) -> None:
    """Write `value` as JSON to standard output."""
    click.echo(json_text(value))
