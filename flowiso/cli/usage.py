"""What is wrong with a command line; loaded only when something is."""

from __future__ import annotations

import click

from ..text import Text


def usage_fault(error: click.ClickException) -> Text:
    """What is wrong with a command line, in both languages, and where to read how it is used."""
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "flowiso"
    help_vi, help_en = f"; xem '{path} --help'", f"; see '{path} --help'"
    if isinstance(error, click.NoSuchOption):
        return Text(f"không có tùy chọn '{error.option_name}'{help_vi}", error.format_message() + help_en)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = "/".join(error.param.opts)
        return Text(f"thiếu '{name}'{help_vi}", f"'{name}' is missing{help_en}")
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = "/".join(error.param.opts)
        return Text(
            f"giá trị của '{name}' không hợp lệ: {error.message}{help_vi}", f"'{name}': {error.message}{help_en}"
        )
    message = error.format_message()
    vi = message.replace("No such command", "không có lệnh").replace("Got unexpected extra argument", "thừa tham số")
    return Text(vi.rstrip(".") + help_vi, message.rstrip(".") + help_en)
