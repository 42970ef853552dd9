"""The reference of the HTTP surface says what the code does."""

import re
from pathlib import Path

from semcache import errors
from semcache.api import controls, failures, urls
from semcache.types import controls as vocabulary
from semcache.types.outcome import Source

REFERENCE = (Path(__file__).resolve().parents[3] / "docs/reference/http.md").read_text()


def test_the_table_of_errors_is_the_code_s() -> None:
    pattern = r"^\| (\d{3}) \| `(\w+)` \| `(\w+)` \| `(\w+)` \|"
    documented = [
        (getattr(errors, name), int(status), type_, code)
        for status, type_, code, name in re.findall(pattern, REFERENCE, re.MULTILINE)
    ]
    assert documented == list(failures.TABLE)


def test_every_endpoint_is_documented() -> None:
    served = {f"/{pattern.pattern}".replace("<path:name>", "{id}") for pattern in urls.urlpatterns}
    part = REFERENCE.split("## Endpoints")[1].split("##")[0]
    documented = set(re.findall(r"^\| `(?:GET|POST) (/[^`]+)`", part, re.MULTILINE))
    assert documented == served


def test_every_control_is_documented() -> None:
    part = REFERENCE.split("## What a caller can ask of the cache")[1].split("\n## ")[0]
    written = set(re.findall(r"x-semcache-[\w-]+", Path(controls.__file__).read_text()))
    assert set(re.findall(r"x-semcache-[\w-]+", part)) == written
    for name, known in (("mode", vocabulary.MODES), ("priority", vocabulary.PRIORITIES)):
        row = next(line for line in part.splitlines() if line.startswith(f"| `x-semcache-{name}"))
        words = re.findall(r"\b(\w+)`", row.split("|")[1])
        assert words == [word for word in known if is_taken(f"x-semcache-{name}", word)]


def is_taken(header: str, value: str) -> bool:
    try:
        controls.parse({header: value})
    except errors.InvalidRequestError:
        return False
    return True


def test_every_source_is_documented() -> None:
    row = next(line for line in REFERENCE.splitlines() if line.startswith("| `x-semcache` |"))
    sent = set(Source) - {Source.AUDIT}  # an audit answers nobody
    assert set(re.findall(r"`([a-z-]+)`", row)) - {"x-semcache"} == {str(s) for s in sent}
