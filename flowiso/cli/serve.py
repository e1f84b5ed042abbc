"""`flowiso serve`: the dossiers of an agency over HTTP (docs/http.md)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..text import Text
from ..worktime import TZ
from .case import draft_option, new_store_option, opened, store_option
from .key import keys_option
from .options import command, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..web.keys import KeyFile
    from ..web.oidc import SignOn
    from ..web.oidcsignin import SignIn
    from ..web.public import Limits


@command(
    "serve",
    text=Text(
        "Mở cửa HTTP cho phần mềm khác: nhận, chuyển, hỏi hồ sơ qua REST, có OpenAPI (docs/http.md). Chạy đến khi bị dừng."
        " Mã hóa TLS là việc của máy chủ phía trước.",
        "Open the HTTP door for other programs: dossiers received, moved and asked about over REST, with OpenAPI"
        " (docs/http.md). It runs until it is stopped. TLS is the front proxy's task.",
    ),
    example="flowiso serve --store sqlite:///mot-cua.db --keys khoa.json --check",
)
@store_option
@keys_option
@option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", text=Text("Địa chỉ.", "The address."))
@option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, text=Text("Cổng.", "The port."))
@option(
    "--check", is_flag=True,
    text=Text("Chỉ thử mở lưu đồ, kho, khóa rồi thôi.", "Only try to open flows, store and keys, and leave."),
)  # fmt: skip
@option(
    "--public", is_flag=True,
    text=Text("Cho ai cũng tra cứu được bằng mã hồ sơ, tại /public.", "Let anybody look up a dossier by its number, at /public."),
)  # fmt: skip
@option(
    "--client-header", metavar="NAME",
    text=Text(
        "Tiêu đề mà máy chủ phía trước ghi địa chỉ người tra cứu: X-Forwarded-For (mặc định: không tin tiêu đề nào).",
        "The header in which the front proxy writes who looks up: X-Forwarded-For (default: none is believed).",
    ),
)  # fmt: skip
@option(
    "--secure", is_flag=True,
    text=Text(
        "Máy chủ phía trước lo HTTPS: cookie chỉ đi qua HTTPS, trình duyệt không mở bằng HTTP nữa.",
        "A front proxy ends HTTPS: cookies go over HTTPS alone, and browsers no longer use plain HTTP.",
    ),
)  # fmt: skip
@option(
    "--oidc", metavar="FILE", type=click.Path(dir_okay=False),
    text=Text(
        "Nhận thêm mã đăng nhập một lần (OIDC) của tỉnh, theo tệp cài đặt này (docs/http.md).",
        "Take tokens of the province's sign-on (OIDC) too, as this file of settings says (docs/http.md).",
    ),
)  # fmt: skip
@draft_option
@new_store_option
@format_option("text", "json")
@flows_option
def serve(
    store: str,
    keys: str,
    host: str,
    port: int,
    check: bool,
    public: bool,
    client_header: str | None,
    secure: bool,
    oidc: str | None,
    allow_draft: bool,
    new_store: bool,
    form: str,
    flows: str | None,
) -> None:
    """Serve; exit 0 when it was stopped, 2 when it couldn't begin."""
    from ..web import missing
    from ..web.keys import KeyFile

    _check_header(client_header, public)
    try:
        from ..web.serving import check_address
        from ..web.serving import serve as serving
    except ModuleNotFoundError as error:
        raise missing(error) from error
    file = KeyFile(keys)
    with opened(store, flows, allow_draft, new_store) as engine:
        sign_on, sign_in = _sign_on(engine, Path(oidc), check) if oidc else (None, None)
        found = _told(engine, file, host, port)
        if check:
            _show(found, form)
            return
        check_address(host, port)
        told = Text(f"đang phục vụ tại {found['address']}", f"serving at {found['address']}")
        click.echo(f"{told.to(lang_of())}  (/openapi.json, /health/ready)", err=True)
        limits = _limits(client_header) if public else None
        serving(engine, file, host, port, limits, secure=secure, sign_on=sign_on, sign_in=sign_in)


def _sign_on(engine: Engine, file: Path, check: bool) -> tuple[SignOn, SignIn | None]:
    """Who knows the tokens of the sign-on, and signs persons in; with `check` the issuer's keys are got now.

    Raises BadValue, FlowFileError, StoreError.
    """
    from ..web import missing
    from ..web.oidcfile import load_sign_on

    settings = load_sign_on(file)
    try:
        from ..web.oidc import SignOn, keys_of
        from ..web.oidcsignin import SignIn
    except ModuleNotFoundError as error:
        raise missing(error) from error
    keys = keys_of(settings)
    if check:
        keys.all()
    sign_on = SignOn(settings, [engine], keys)
    return sign_on, SignIn(settings.sign_in, sign_on) if settings.sign_in else None


def _check_header(header: str | None, public: bool) -> None:
    if header is not None and not public:
        raise BadValue(
            Text(
                "--client-header chỉ đi với --public",
                "--client-header goes with --public alone",
            )
        )


def _limits(header: str | None) -> Limits:
    from ..web.public import Limits

    return Limits(header=header)


def _told(engine: Engine, file: KeyFile, host: str, port: int) -> dict[str, Any]:
    """What would be served, and by how many keys that are valid now. Raises StoreError when the keys can't be read."""
    org, now = engine.flows.org, datetime.now(TZ)
    return {
        "agency": org.agency,
        "title": org.title.to(lang_of()),
        "flows": len(engine.flows.flows),
        "simulated": engine.store.kind == "simulated",
        "keys": sum(key.agency == org.agency and key.holds(now) for key in file.listed()),
        "address": f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}",
    }


def _show(found: dict[str, Any], form: str) -> None:
    if form == "json":
        write_json(found)
        return
    who = f"{found['title']} ({found['agency']})"
    said = Text(
        f"{who}: {found['flows']} lưu đồ, {found['keys']} khóa; sẽ phục vụ tại {found['address']}",
        f"{who}: flows: {found['flows']}, keys: {found['keys']}; would serve at {found['address']}",
    )
    click.echo(said.to(lang_of()))
