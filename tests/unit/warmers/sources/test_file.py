from collections.abc import Callable
from pathlib import Path

import pytest

from warmers.sources.base import Prompt
from warmers.sources.file import FileSource

Read = Callable[[bytes], list[Prompt]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(content: bytes) -> list[Prompt]:
        path = tmp_path / "prompts.txt"
        path.write_bytes(content)
        return list(FileSource(path).prompts())

    return write_and_read


def test_each_line_is_a_prompt_and_empty_lines_are_passed_over(read: Read) -> None:
    found = read(b"Why is the sky blue?\n\n   \r\n  Who wrote Faust?  \n")

    assert [prompt.messages for prompt in found] == [
        ({"role": "user", "content": "Why is the sky blue?"},),
        ({"role": "user", "content": "Who wrote Faust?"},),
    ]
    assert [prompt.where.rpartition(":")[2] for prompt in found] == ["1", "4"]


@pytest.mark.parametrize(
    "line",
    [
        '{"messages": [{"role":"system","content":"Short."},{"role":"user","content":"Hi"}]}',
        '[{"role": "system", "content": "Short."}, {"role": "user", "content": "Hi"}]',
        '{"messages":[{"role":"system","content":"Short."},{"role":"user","content":"Hi"}],"x":1} ',
    ],
)
def test_a_json_line_holds_whole_conversations(line: str, read: Read) -> None:
    (found,) = read(line.encode())

    assert found.messages == (
        {"role": "system", "content": "Short."},
        {"role": "user", "content": "Hi"},
    )


def test_a_byte_order_mark_is_no_part_of_the_first_prompt(read: Read) -> None:
    (found,) = read("\ufeffGrüße?\n".encode())

    assert found.messages[0]["content"] == "Grüße?"


def test_an_empty_file_holds_no_prompt(read: Read) -> None:
    assert read(b"") == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"messages": [',
        b"[draft] write a letter",
        b'{"prompt": "Hi"}',
        b'{"messages": "Hi"}',
        b'{"messages": ["Hi"]}',
        b"[1, 2]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"caf\xe9",
    ],
    ids=lambda line: repr(line)[:30],
)
def test_a_line_that_cannot_be_read_is_named_by_file_and_number(line: bytes, read: Read) -> None:
    with pytest.raises(ValueError, match=r"prompts\.txt:2"):
        read(b"Hi\n" + line + b"\n")


def test_the_prompts_before_a_bad_line_are_given_first(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes(b"Hi\n{\n")
    source = FileSource(path).prompts()

    assert next(source).messages[0]["content"] == "Hi"
    with pytest.raises(ValueError, match=":2"):
        next(source)
