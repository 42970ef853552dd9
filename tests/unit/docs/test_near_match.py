"""The examples of the page about near matches are decided as it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.encoders.onnx import OnnxEncoder
from semcache.levels.verify import decision, features, probability, reading, signature, vetoes
from semcache.policy import categories, rules
from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.decision import CATEGORIES, Candidate, Decision, Weighed
from semcache.types.identity import Identity
from semcache.types.rule import Rule

PAGE = (
    Path(__file__).resolve().parents[3] / "docs/explanation/when-a-near-match-is-served.md"
).read_text()
VOTED = "I can't remember my password", "How do I reset my password?"
UNLISTED = {"length", "never-match"}  # what the page tells in words


def rows(*header: str) -> Iterator[list[str]]:
    """Give the rows of all tables that begin with a header."""
    head = re.escape("| " + " | ".join(header))
    for table in re.findall(rf"^{head}.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        for line in table.splitlines():
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


EXAMPLES = [
    *rows("veto", "asked", "stored"),
    *(["", *row] for row in rows("asked", "stored", "similarity")),
]


def request(text: str) -> ChatRequest:
    return ChatRequest(model="m", body={"messages": [{"role": "user", "content": text}]})


def rule() -> Rule:
    """Give the rule of default settings."""
    identity = Identity(
        tenant_id=1, tenant="alice", key_id="k", salt=b"", policies=(), standings=()
    )
    return rules.resolve(
        request("hi"), controls=Controls(), identity=identity, defaults=rules.Defaults()
    )


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def decide(asked: str, stored: str, *, encoder: OnnxEncoder) -> tuple[Decision, Weighed]:
    ours, theirs = encoder.encode([asked, stored])
    candidate = Candidate(entry_id=1, text=stored, similarity=float(ours @ theirs))
    decided = decision.decide(asked, [candidate], rule=rule(), chance=0.5)
    return decided, decided.weighed[0]


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row[1])
def test_an_example_is_decided_as_the_page_says(row: list[str], encoder: OnnxEncoder) -> None:
    veto, asked, stored, similarity, verdict = row
    decided, one = decide(asked, stored, encoder=encoder)

    assert one.candidate.similarity == pytest.approx(float(similarity), abs=0.006)
    said = {f"refused: {objection.reason}": objection.veto for objection in one.objections}
    if decided.chosen is not None:
        assert verdict == "served"
    elif said:
        assert verdict in said
        assert veto in {"", f"`{said[verdict]}`"}
    else:
        assert verdict == "not sure enough"


@pytest.mark.parametrize(
    ("section", "is_served"),
    [("What is no difference", True), ("What this does not stop", True), ("What it costs", False)],
)
def test_the_examples_of_a_section_show_what_it_says(*, section: str, is_served: bool) -> None:
    text = PAGE.split(f"# {section}\n")[1].split("\n#")[0]
    verdicts = re.findall(r"^\| .* \| (.*) \|$", text, re.MULTILINE)[1:]
    assert len(verdicts) >= 5
    assert all((verdict == "served") is is_served for verdict in verdicts)


def test_every_veto_has_two_examples() -> None:
    shown = [row[0].strip("`") for row in rows("veto", "asked", "stored")]
    assert set(shown) | UNLISTED == set(vetoes.VETOES) | {decision.BARRED.veto}
    assert all(shown.count(veto) == 2 for veto in shown)
    assert all(f"`{veto}`" in PAGE for veto in UNLISTED)


def test_the_votes_weigh_what_the_page_says(encoder: OnnxEncoder) -> None:
    _, one = decide(*VOTED, encoder=encoder)
    pair = vetoes.compare(*map(reading.read, VOTED))
    table = list(rows("support", "dissent", "probability"))
    assert len(table) >= 5
    for support, dissent, said in table:
        votes = signature.Votes(support=float(support), dissent=float(dissent))
        row = features.measure(pair, similarity=one.candidate.similarity, votes=votes)
        assert probability.pooled().of([row])[0] == pytest.approx(float(said), abs=0.03)


def test_the_bounds_without_labels_are_the_model_s() -> None:
    table = list(rows("`max_error`", "least probability"))
    assert len(table) >= 3
    for max_error, least in table:
        error = float(max_error.removesuffix(" %")) / 100
        assert probability.pooled().least(error) == pytest.approx(float(least), abs=0.006)


def test_an_example_of_a_category_is_of_that_category() -> None:
    table = list(rows("category", "for example"))
    assert {row[0].strip("`") for row in table} == set(CATEGORIES)
    for category, example, _ in table:
        assert categories.classify(request(example)) == category.strip("`")


def test_wishes_for_something_else_are_named_rightly() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("A wish for something else"))
    wishes = re.findall(r'"([^"]+)"', line)
    assert wishes
    assert all(categories.varies(request(wish)) for wish in wishes)
