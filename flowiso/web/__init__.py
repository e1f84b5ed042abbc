"""The HTTP door: the engine's verbs and questions as REST, for one-stop software that isn't Python (docs/http.md).

    app = create_app(flowiso.open("flows/", "sqlite:///mot-cua.db"), KeyFile("khoa.json"))

`create_app` needs `flowiso[http]`; `keys` is the standard library alone. It is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app
    from .keys import Caller, Either, KeyFile
    from .oidc import SignOn
    from .oidcfile import load_sign_on
    from .oidcsignin import SignIn
    from .screens import with_screens
    from .settings import Settings

_HOME = {
    "create_app": "app",
    "Caller": "keys",
    "Either": "keys",
    "KeyFile": "keys",
    "Settings": "settings",
    "SignIn": "oidcsignin",
    "SignOn": "oidc",
    "load_sign_on": "oidcfile",
    "with_screens": "screens",
}

__all__ = ["Caller", "Either", "KeyFile", "Settings", "SignIn", "SignOn", "create_app", "load_sign_on", "with_screens"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'flowiso.web' has no attribute '{name}'")
    try:
        return getattr(import_module(f".{module}", __name__), name)
    except ModuleNotFoundError as error:
        raise missing(error) from error


def missing(error: ModuleNotFoundError) -> Exception:
    """What is said where a package of `flowiso[http]` isn't there: BadValue; any other error as it is."""
    from ..errors import BadValue
    from ..text import Text

    name = (error.name or "").split(".")[0]
    if name not in (*_NEEDED, *_SIGN_ON):
        return error
    command = f"pip install 'flowiso[{'http,oidc' if name in _SIGN_ON else 'http'}]'"
    return BadValue(Text(f"cửa HTTP cần cài thêm: {command}", f"the HTTP door needs: {command}"))


_SIGN_ON = ("joserfc", "cryptography")
_NEEDED = ("fastapi", "starlette", "pydantic", "prometheus_client", "granian", "jinja2", "markupsafe")
