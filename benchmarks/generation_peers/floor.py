"""The least that asks and keeps: hash, post, check, store; and, with a fifth argument, what of it only posts.

python -m benchmarks.generation_peers.floor URL PROMPTS FOLDER IN_FLIGHT [post]
"""

import asyncio
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import aiohttp


async def main() -> None:
    """Ask everything that is not stored yet, and print what it took."""
    url, prompts, folder, in_flight = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    only_posts = sys.argv[5:] == ["post"]
    bodies = iter(prompts.read_bytes().splitlines())
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / "answers.jsonl"
    known = {json.loads(line)["key"] for line in stored.read_text().splitlines()} if stored.exists() else set()
    key = os.environ.get("DISTILLERY_API_KEY")
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    records = tokens = 0
    began = time.monotonic()

    async def work() -> None:
        nonlocal records, tokens
        for body in bodies:
            row_key = "" if only_posts else hashlib.sha256(body).hexdigest()
            if row_key in known:
                continue
            async with session.post(f"{url}/v1/chat/completions", data=body, headers=headers) as response:
                response.raise_for_status()
                reply = json.loads(await response.read())
            text, tokens = reply["choices"][0]["message"]["content"], tokens + reply["usage"]["completion_tokens"]
            records += 1
            if only_posts:
                continue
            if not text.strip():
                raise ValueError(f"{row_key}: an empty answer")
            file.write(
                json.dumps({"key": row_key, "text": text, "finish": reply["choices"][0]["finish_reason"]}) + "\n"
            )

    timeout = aiohttp.ClientTimeout(total=None)
    with stored.open("a") as file:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
            await asyncio.gather(*(work() for _ in range(in_flight)))
        file.flush()
        os.fsync(file.fileno())
    print(json.dumps({"records": records, "completion_tokens": tokens, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    asyncio.run(main())
