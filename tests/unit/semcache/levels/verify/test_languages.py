import pytest

from semcache.levels.verify import reading


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the weather like in the north?", "en"),
        ("Wie ist das Wetter, und was soll ich tun?", "de"),
        ("Quel est le temps dans le nord ?", "fr"),
        ("¿Cómo está el tiempo en el norte?", "es"),
        ("Come è il tempo nel nord?", "it"),
        ("Como é o tempo no norte?", "pt"),
        ("Hoe is het weer in de stad?", "nl"),
        ("Какая сегодня погода?", "ru"),
        ("今日の天気は?", "ja"),
        ("今天天气怎么样", "zh"),
        ("오늘 날씨 어때?", "ko"),
        ("كيف حال الطقس اليوم", "ar"),
        ("מה מזג האוויר היום", "he"),
        ("μου αρέσει πολύ αυτή η πόλη", "el"),
        ("आज मौसम कैसा है", "hi"),
        ("วันนี้อากาศเป็นอย่างไร", "th"),
    ],
)
def test_a_language_is_told_by_its_script_or_its_commonest_words(text: str, language: str) -> None:
    assert reading.read(text).language == language


@pytest.mark.parametrize("text", ["", "pizza", "weather rome", "42", "🎉", "x = y + 1"])
def test_what_is_too_short_to_tell_has_no_language(text: str) -> None:
    assert reading.read(text).language == ""
