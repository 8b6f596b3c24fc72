"""Looks for inputs that break a target, led by the branches that they reach.

`python tests/fuzz/explore.py TARGET SECONDS`; it needs atheris, which the tests do not. The inputs that
together reach all that was reached are kept in the corpus, which `pytest tests/fuzz` plays.
"""

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

FOLDER = Path(__file__).parent
PACKAGES = ["codegen", "ledgai_mcp", "json", "mcp", "yaml", "jwt", "h11"]
WORDS = {
    "description": "type enum const $ref oneOf anyOf allOf not items properties required default minimum"
    " pattern format additionalProperties string integer null true [] {} '' name in path {id} ../ #/ ~",
    "scopes": "scope scopes groups endpoints local withheld effect read write live all [] {} ~ true /a/../b",
    "body": "jsonrpc 2.0 id method params name arguments tools/call tools/list initialize protocolVersion"
    " 2025-06-18 2026-07-28 capabilities clientInfo version _meta cursor result error code message null",
    "headers": "GET POST /mcp HTTP/1.1 Host: Transfer-Encoding: chunked Content-Length: Connection: close",
    "stdio": "jsonrpc 2.0 id method params name arguments tools/call null true 1e999 NaN result error",
    "token": "alg kid typ crit b64 iss aud sub iat exp nbf jti sid scp scopes qc_limits qc_credentials",
}
"""Of the language of a target; a fuzzer finds one faster in a dictionary than by chance."""


def main() -> None:
    """Fuzz one target, then keep the inputs that together reach all that was reached."""
    name, seconds = sys.argv[1:3]
    sys.path.insert(0, str(FOLDER))
    with atheris.instrument_imports(include=PACKAGES):
        import fuzz_targets
    if len(sys.argv) > 3:  # a process of libFuzzer's own, which starts itself again by its first argument
        atheris.Setup(sys.argv[3:], fuzz_targets.TARGETS[name])
        atheris.Fuzz()
        return
    kept = FOLDER / "corpus" / f"{name}.txt"
    with tempfile.TemporaryDirectory() as scratch:
        seeds, found, itself = (Path(scratch, part) for part in ("seeds", "found", "itself"))
        for folder in (seeds, found):
            folder.mkdir()
        for number, line in enumerate(kept.read_text().split()):
            (seeds / str(number)).write_bytes(base64.b64decode(line))
        itself.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} {seconds} "$0" "$@"\n')
        itself.chmod(0o755)
        words = Path(scratch, "words")
        words.write_text("".join(f'"{word}"\n' for word in WORDS[name].split()))
        crashes = f"-artifact_prefix={FOLDER}/crash-{name}-"
        bounds = ["-rss_limit_mb=2048", "-timeout=10", "-max_len=2000", f"-dict={words}", crashes]
        code = subprocess.call([itself, *bounds, f"-max_total_time={seconds}", seeds])
        subprocess.call([itself, *bounds, "-merge=1", found, seeds])
        inputs = sorted(path.read_bytes() for path in found.iterdir())
    kept.write_text("".join(f"{base64.b64encode(data).decode()}\n" for data in inputs))
    sys.exit(code)


main()
