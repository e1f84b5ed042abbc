"""A program in another language drives a dossier from receipt to return over `flowiso serve` (examples/node_client)."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from test_web_serve import AGENCY, CODE, served

from flowiso.store import open_store

CLIENT = Path(__file__).parent.parent / "examples" / "node_client" / "client.mjs"
NODE = shutil.which("node")

if NODE is None and "FLOWISO_CI" not in os.environ:
    pytest.skip("Node isn't here", allow_module_level=True)


def test_from_receipt_to_return(tmp_path: Path, one_flow: Path) -> None:
    """Received, refused once by a stable code, moved along the main path, returned: the store's log says the same."""
    store = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    with served(tmp_path, one_flow, store) as (client, _):
        said = {
            "FLOWISO_URL": str(client.base_url),
            "FLOWISO_KEY": client.headers["Authorization"].removeprefix("Bearer "),
        }
        line = [NODE or "node", str(CLIENT), CODE, "lan.vp"]
        done = subprocess.run(line, env=os.environ | said, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        wrong = subprocess.run(
            [*line[:2], "KHONG-CO", "lan.vp"], env=os.environ | said, capture_output=True, text=True, check=False
        )
    first, refused, *moved, last = done.stdout.splitlines()
    assert "received, due 20" in first
    assert refused.endswith("refused: 422 not-allowed")
    assert last.endswith("returned")
    assert (wrong.returncode, wrong.stderr.split()[0]) == (1, "unknown-flow")
    with closing(open_store(store, create=False)) as opened:
        ((case, moves),) = opened.logs(AGENCY)
    assert case.number in first
    assert len([move for move in moves if move.action not in ("receive", "confirm")]) == len(moved)
