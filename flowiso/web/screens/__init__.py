"""The screens: server-rendered pages for officers and heads over the same engines as the REST door (docs/screens.md).

    app = with_screens(create_app(engine, keys), keys)

Everything is served by the app itself, runs no inline script and works with scripts off, but for live updates.
"""

from __future__ import annotations

from .app import Both, with_screens

__all__ = ["Both", "with_screens"]
