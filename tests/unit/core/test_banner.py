from pathlib import Path

from core import banner


def test_the_examples_carry_the_address_the_key_and_the_model(tmp_path: Path) -> None:
    key_file = tmp_path / "dev-key"
    key_file.write_text("sc-alice\n")
    text = banner.text(
        base_url="http://127.0.0.1:8123", key_file=key_file, logs=tmp_path, model="small"
    )
    assert "curl http://127.0.0.1:8123/v1/chat/completions" in text
    assert 'OpenAI(base_url="http://127.0.0.1:8123/v1", api_key="sc-alice")' in text
    assert '"model": "small"' in text


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = banner.text(
        base_url="http://127.0.0.1:8123", key_file=tmp_path / "gone", logs=tmp_path, model="small"
    )
    assert "YOUR_KEY" in text
