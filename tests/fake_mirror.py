"""A local HTTP server of NLM's baseline and update files, with ranges, checksums and faults on order."""

import gzip
import hashlib
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.corpus import write_set
from tests.local_server import LocalServer

INDEX = '<!DOCTYPE HTML><html><body><pre><a href="../">Parent Directory</a>\n{links}\n</pre></body></html>'


def write_mirror(folder: Path, baseline: list[list[str]], updates: list[list[str]]) -> None:
    """Write files of records, numbered through, with their MD5s, into ``baseline`` and ``updatefiles``."""
    for name in ("baseline", "updatefiles"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    placed = [("baseline", records) for records in baseline] + [("updatefiles", records) for records in updates]
    for number, (where, records) in enumerate(placed, 1):
        path = folder / where / f"pubmed26n{number:04d}.xml.gz"
        if path.exists():
            continue
        plain = write_set(folder / "plain.xml", records)
        path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
        plain.unlink()
        checksum = hashlib.md5(path.read_bytes()).hexdigest()
        path.with_name(f"{path.name}.md5").write_text(f"MD5({path.name})= {checksum}\n")


@dataclass
class FakeMirror(LocalServer):
    """Serves a folder; each download uses up a fault: cut (the connection breaks off), wrong (other bytes), 503."""

    folder: Path
    faults: deque[str] = field(default_factory=deque)
    requests: list[tuple[str, str | None, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = fake.folder / self.path.lstrip("/")
                if path.is_dir():
                    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in path.iterdir())
                    links = "\n".join(f'<a href="{name}">{name}</a>' for name in names)
                    self.reply(200, INDEX.format(links=links).encode())
                elif path.exists():
                    self.send_file(path)
                else:
                    self.reply(404, b"")

            def send_file(self, path: Path) -> None:
                data = path.read_bytes()
                fault = fake.faults.popleft() if fake.faults and path.suffix == ".gz" else ""
                asked = self.headers.get("Range")
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                sent = data[start:] if fault != "wrong" else data[start:][::-1]
                if fault == "503":
                    self.reply(503, b"")
                    return
                if fault == "cut":
                    sent = sent[: len(sent) // 2]
                fake.requests.append((path.name, asked, len(sent)))
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                self.wfile.write(sent)
                self.close_connection = True

            def reply(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.url = self.listen(Handler)
