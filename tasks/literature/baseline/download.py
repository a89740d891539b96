"""Download a baseline file: resumed where it broke off, and taken only with the MD5 that NLM published."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock

from tasks.checksum import md5_of
from tasks.literature.baseline.listing import MD5, REQUESTS_PER_SECOND, BaselineFile
from tasks.literature.source_text import SourceError
from tasks.logger import logger
from tasks.network.pace import pace_of
from tasks.network.request import TIMEOUT, FaultyAnswerError, request
from tasks.settings import settings
from tasks.stopping import check_stop


@contextmanager
def local_copy(file: BaselineFile) -> Iterator[Path]:
    """Yield the path of the file's verified content; what was downloaded for the block is removed behind it.

    Raises:
        SourceError: a mirror's file is not what its MD5 says.
        NetworkError: the server does not give the file.
    """
    if "://" not in file.location:
        path = Path(file.location)
        if md5_of(path) != file.md5:
            raise SourceError(f"{path} does not have the MD5 that lies beside it ({file.md5}); fetch both again")
        yield path
        return
    if MD5.fullmatch(file.md5) is None:
        raise SourceError(f"{file.name}: the server has no MD5 for it, so it can not be verified; try again later")
    folder = settings().cache / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file.md5}-{file.name}"
    with FileLock(f"{path}.lock"):  # another run may want the same file
        try:
            if not path.exists():
                _download(file, path)
            yield path
        finally:
            path.unlink(missing_ok=True)


def _download(file: BaselineFile, path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    pace = pace_of(str(httpx.URL(file.location).host), REQUESTS_PER_SECOND)
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:

        def receive() -> httpx.Response:
            have = unfinished.stat().st_size if unfinished.exists() else 0
            headers = {"Range": f"bytes={have}-"} if have else {}
            with client.stream("GET", file.location, headers=headers) as response:
                if response.status_code in (200, 206):
                    with unfinished.open("ab" if response.status_code == 206 else "wb") as target:
                        for chunk in response.iter_raw():
                            check_stop()
                            target.write(chunk)
                    return response
                response.read()
            if response.status_code == 416:  # nothing is left to send
                return httpx.Response(200, request=response.request)
            return response

        def verify(_response: httpx.Response) -> None:
            if not unfinished.exists() or md5_of(unfinished) != file.md5:
                unfinished.unlink(missing_ok=True)
                raise FaultyAnswerError("what came does not have the published MD5")

        request(receive, verify, pace, f"download {file.name}")
    unfinished.rename(path)
    logger.info("downloaded %s", file.name)
