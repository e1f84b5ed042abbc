"""yaml-language-server over stdio: what an editor shows of a file."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

VERSION = "1.25.0"
FOLDER = Path(__file__).parent.parent / ".cache" / f"yaml-language-server-{VERSION}"
SERVER = FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


def install() -> bool:
    """Put the server into a folder that git doesn't see, whole or not at all; False when npm can't."""
    if FOLDER.exists():
        return True
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as half:
        words = ["npm", "install", "--no-audit", "--no-fund", "--prefix", half, f"yaml-language-server@{VERSION}"]
        try:
            subprocess.run(words, capture_output=True, timeout=60, check=True)
        except subprocess.SubprocessError:
            return False
        done = Path(half) / "done"
        done.mkdir()
        (Path(half) / "node_modules").rename(done / "node_modules")
        done.rename(FOLDER)
    return True


class Editor:
    """One session of a language client, for a file after another."""

    def __init__(self) -> None:
        words = ["node", str(SERVER), "--stdio"]
        self.server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.watchdog = threading.Timer(30, self.server.kill)
        self.watchdog.start()
        self.asked = 0
        self.diagnostics: dict[str, Any] = {}
        capabilities = {"textDocument": {"hover": {"contentFormat": ["markdown"]}, "completion": {}}}
        self.ask("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self.tell("initialized")

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.watchdog.cancel()
        self.server.kill()
        self.server.communicate()

    def open(self, file: Path) -> list[Any]:
        """Open a file; what is marked in it."""
        uri = file.as_uri()
        text = file.read_text(encoding="utf-8")
        self.tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text})
        while uri not in self.diagnostics:
            self._heard()
        found: list[Any] = self.diagnostics[uri]
        return found

    def ask(self, method: str, **params: Any) -> Any:
        """A request and its answer."""
        self.asked += 1
        self._say({"id": self.asked, "method": method, "params": params})
        while (answer := self._heard()).get("id") != self.asked or "method" in answer:
            pass
        return answer["result"]

    def tell(self, method: str, **params: Any) -> None:
        """A notification."""
        self._say({"method": method, "params": params})

    def _say(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.server.stdin.flush()

    def _heard(self) -> Any:
        stream = self.server.stdout
        assert stream
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b": ")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has gone"
        message = json.loads(stream.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:  # workspace/configuration and the like
            items = message.get("params", {}).get("items", [])
            self._say({"id": message["id"], "result": [{} for _ in items] or None})
        return message
