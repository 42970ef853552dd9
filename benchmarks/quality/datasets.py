"""Labelled texts to decide about: pairs, groups of queries, and conversations.

The project's own contrast set and conversations come with the benchmarks; everything else is read
from a folder that the caller names, whose formats its README describes.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.errors import CannotRunError

CONTRAST = Path(__file__).parent.parent / "contrast" / "pairs.jsonl"
CONVERSATIONS = CONTRAST.with_name("conversations.jsonl")
OURS = ("contrast", "conversations")
ALONE = "oos"
"""The group of clinc150 whose queries have nothing in common: no answer to one fits another."""
FEW = 200
"""A set with fewer rows than that is measured only where it is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`fits`: the answer to `stored` answers `asked`, too."""

    stored: str
    asked: str
    fits: bool
    kind: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Queries of one group are taken to have one answer."""

    text: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Two conversations, by the texts of the user's turns; the last one is asked.

    `answers`: to the stored turns but the last; `asked_answers`: to the asked ones. () where the
    set has none.
    """

    stored: tuple[str, ...]
    asked: tuple[str, ...]
    fits: bool
    kind: str = ""
    answers: tuple[str, ...] = ()
    asked_answers: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Data:
    """What there is to measure, by the name of its set."""

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    groups: dict[str, list[Query]] = field(default_factory=dict)
    conversations: dict[str, list[Conversation]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [*self.pairs, *self.groups, *self.conversations]


def read(folder: Path | None, *, names: list[str] | None = None) -> Data:
    """Read the project's own sets, and those of a folder.

    Args:
        names: only these sets.

    Raises:
        CannotRunError: A file cannot be read, the folder holds none, or a name is not known.
    """
    files = {"contrast": CONTRAST}
    if CONVERSATIONS.exists():
        files["conversations"] = CONVERSATIONS
    if folder is not None:
        files |= _inside(folder)
    unknown = [name for name in names or [] if name not in files]
    if unknown:
        hint = "" if folder else "; others are read with --data DIR"
        raise CannotRunError(f"no set {', '.join(unknown)}: there are {', '.join(files)}{hint}")
    data = Data()
    for name, path in files.items():
        if not names or name in names:
            _add(data, name, path, however_few=bool(names))
    return data


def _inside(folder: Path) -> dict[str, Path]:
    """Find the sets of a folder: `pairs_NAME.jsonl.gz` and so on."""
    if not folder.is_dir():
        raise CannotRunError(f"--data {folder} is not a folder")
    files = {
        path.name.removesuffix(".jsonl.gz").partition("_")[2]: path
        for form in ("pairs", "groups", "context")
        for path in sorted(folder.glob(f"{form}_*.jsonl.gz"))
    }
    if not files:
        raise CannotRunError(
            f"--data {folder} holds no pairs_*.jsonl.gz, groups_*.jsonl.gz or context_*.jsonl.gz; "
            "docs/reference/benchmarks.md says what stands in them"
        )
    return files


def _add(data: Data, name: str, path: Path, *, however_few: bool) -> None:
    rows = list(_rows(path))
    if len(rows) < FEW and path.suffix == ".gz" and not however_few:
        return
    try:
        if "text" in rows[0]:
            data.groups[name] = _queries(rows)
        elif "turns" in rows[0]:
            conversations = _conversations(rows) if "other" in rows[0] else _context(rows)
            data.conversations[name] = conversations
        else:
            data.pairs[name] = [_pair(row) for row in rows]
    except (KeyError, IndexError) as error:
        raise CannotRunError(f"{path} is empty, or a row of it lacks {error}") from error


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    except OSError as error:
        advice = "" if path.suffix == ".gz" else "; it comes with the checkout: git status tells"
        raise CannotRunError(f"{path} cannot be read: {error.strerror}{advice}") from error
    except ValueError as error:
        raise CannotRunError(f"{path} holds a line that is no JSON: {error}") from error


def _pair(row: dict[str, Any]) -> Pair:
    return Pair(
        stored=row["a"],
        asked=row["b"],
        fits=bool(row["label"]),
        kind=row.get("kind", ""),
        style=row.get("style", ""),
    )


def _queries(rows: list[dict[str, Any]]) -> list[Query]:
    """Read queries; each of those that stand alone gets a group of its own."""
    return [
        Query(
            text=row["text"],
            group=f"{ALONE}#{place}" if row["group"] == ALONE else str(row["group"]),
        )
        for place, row in enumerate(rows)
    ]


def _conversations(rows: list[dict[str, Any]]) -> list[Conversation]:
    return [
        Conversation(
            stored=tuple(row["turns"]),
            asked=tuple(row["other"]),
            fits=bool(row["label"]),
            kind=row.get("kind", ""),
            answers=tuple(row.get("answers", ())),
            asked_answers=tuple(row.get("other_answers", ())),
        )
        for row in rows
    ]


def _context(rows: list[dict[str, Any]]) -> list[Conversation]:
    """Pair each context with its duplicate, and ask its last turn after another one's first.

    The duplicate follows on the same answers, as it would after a hit.
    """
    found = []
    for place, row in enumerate(rows):
        turns = tuple(row["turns"])
        answers = tuple(row.get("answers") or ())[: len(turns) - 1]
        if row.get("turns_dup"):
            again = tuple(row["turns_dup"])
            found.append(_conversation(turns, again, answers, answers, kind="duplicate"))
        other = next(
            other for other in [*rows[place + 1 :], *rows] if other["turns"][0] != turns[0]
        )
        moved = (other["turns"][0], *turns[1:])
        theirs = (*tuple(other.get("answers") or ())[:1], *answers[1:])
        found.append(_conversation(turns, moved, answers, theirs, kind="other context"))
    return found


def _conversation(
    stored: tuple[str, ...],
    asked: tuple[str, ...],
    answers: tuple[str, ...],
    asked_answers: tuple[str, ...],
    *,
    kind: str,
) -> Conversation:
    return Conversation(
        stored=stored,
        asked=asked,
        fits=kind == "duplicate",
        kind=kind,
        answers=answers,
        asked_answers=asked_answers,
    )


def grouped(pairs: list[Pair]) -> list[Query]:
    """Make a stream's queries out of pairs: texts of pairs that fit share a group."""
    roots: dict[str, str] = {}

    def root(text: str) -> str:
        while roots.setdefault(text, text) != text:
            text = roots[text]
        return text

    for pair in pairs:
        stored, asked = root(pair.stored), root(pair.asked)
        if pair.fits:
            roots[asked] = stored
    return [Query(text=text, group=root(text)) for text in list(roots)]
