"""Each veto objects to its traps, and says in words what differs."""

import pytest

from semcache.levels.verify import reading, vetoes
from semcache.levels.verify.vetoes import VETOES
from semcache.types.decision import CAUTIONS, Caution, Objection


def objections(asked: str, stored: str, *, caution: Caution = "strict") -> tuple[Objection, ...]:
    pair = vetoes.compare(reading.read(asked), reading.read(stored))
    return vetoes.objections(pair, caution=caution)


# By veto: two questions with different answers, and what the reason must say.
TRAPS: dict[str, list[tuple[str, str, str]]] = {
    "numbers": [
        ("Name 10 rivers in Asia.", "Name 12 rivers in Asia.", "10 against 12"),
        ("Name ten rivers.", "Name eleven rivers.", "10 against 11"),
        ("Is 1,000 steps a lot?", "Is 10,000 steps a lot?", "1000 against 10000"),
        ("Can I retire on $1m?", "Can I retire on $1k?", "1000000 usd against 1000 usd"),
        ("Is 5% interest good?", "Is 50% interest good?", "5 % against 50 %"),
        ("What is 0.1 + 0.2?", "What is 0.1 + 0.3?", "0.2 against 0.3"),
        ("What does -5 degrees feel like?", "What does 5 degrees feel like?", "-5 against 5"),
        ("What is new in Python 3.10?", "What is new in Python 3.1?", "3.10 against 3.1"),
        ("What broke in 1.2.3?", "What broke in 1.2.4?", "1.2.3 against 1.2.4"),
        ("Who was the 1st president?", "Who was the 2nd president?", "1 against 2"),
        ("What does error 0123 mean?", "What does error 123 mean?", "0123 against 123"),
        ("Tell me about room 204", "Tell me about room 402", "204 against 402"),
        (
            "Is 12345678901234567 prime?",
            "Is 12345678901234568 prime?",
            "12345678901234567 against 12345678901234568",
        ),
        (
            "Does it cost three thousand dollars?",
            "Does it cost three million dollars?",
            "3000 usd against 3000000 usd",
        ),
        (
            "How do I treat a 2-year-old with fever?",
            "How do I treat a 12-year-old with fever?",
            "2 year against 12 year",
        ),
        ("How many feet are in 3 miles?", "How many feet are in 4 miles?", "3 mi against 4 mi"),
        ("Who won the 1998 world cup?", "Who won the 2002 world cup?", "1998 against 2002"),
        (
            "Can I take 400 mg of ibuprofen?",
            "Can I take 800 mg of ibuprofen?",
            "400 mg against 800 mg",
        ),
        ("half a cup of rice for one", "2 cups of rice for one", "0.5 cup against 2 cup"),
        ("Read pages 1,2,3", "Read pages 123", "1,2,3 against 123"),
        ("What broke in v1.2.3?", "What broke in v1.2.4?", "1.2.3 against 1.2.4"),
        ("What broke in 1.2.3?", "What broke in 1.23?", "1.2.3 against 1.23"),
        ("The 21st century", "The 20th century", "21 century against 20 century"),
        ("Add 1,2", "Add 12", "1.2 against 12"),
        ("5 thousand dollars", "5 billion dollars", "5000 usd against 5000000000 usd"),
        ("What does 1/2 mean?", "What does 1/3 mean?", "0.5 against 0.3333"),
        ("½ cup", "¼ cup", "0.5 cup against 0.25 cup"),
        ("1½ cups", "11/2 cups", "1.5 cup against 11, 2 cup"),
        ("Solve x² = 4", "Solve x³ = 4", "2 against 3"),
        ("What is 10²?", "What is 102?", "10, 2 against 102"),
        ("Is python2 dead?", "Is python3 dead?", "2 against 3"),
        ("once a week", "twice a week", "1 against 2"),
        ("take it twice a day", "take it three times a day", "2 against 3"),
        ("room 12a", "room 12d", "12a against 12d"),
        ("Summarize it in one sentence", "Summarize it in three sentences", "1 against 3"),
        ("Is January 5 a holiday?", "Is January 6 a holiday?", "5 against 6"),
        ("الساعة ٣", "الساعة ٤", "3 against 4"),
    ],
    "units": [
        ("How long is a 10 km run?", "How long is a 10 mile run?", "10 km against 10 mi"),
        ("Is 5 kg heavy for a cat?", "Is 5 lb heavy for a cat?", "5 kg against 5 lb"),
        ("What is 100 usd in yen?", "What is 100 eur in yen?", "100 usd against 100 eur"),
        ("Bake it at 180 celsius?", "Bake it at 180 fahrenheit?", "180 c against 180 f"),
        ("How long is 3 days in hours?", "How long is 3 weeks in hours?", "3 day against 3 week"),
        ("Add 2 tbsp of salt?", "Add 2 tsp of salt?", "2 tbsp against 2 tsp"),
        ("Is 20 mg of melatonin too much?", "Is 20 g of melatonin too much?", "20 mg against 20 g"),
        ("How many grams are in an ounce?", "How many kilograms are in an ounce?", "g against kg"),
        ("Is 16 gb enough?", "Is 16 mb enough?", "16 gb against 16 mb"),
        ("I owe 5 dollars", "I owe 5 euros", "5 usd against 5 eur"),
        ("Is 5 usd enough?", "Is 5 cad enough?", "5 usd against 5 cad"),
        ("price in dollars", "price in euros", "usd against eur"),
        ("Is a 60 mph wind strong?", "Is a 60 km/h wind strong?", "60 mph against 60 km"),
    ],
    "dates": [
        (
            "What happened on 5 January 2024?",
            "What happened on 5 February 2024?",
            "january against february",
        ),
        ("Are you open on Monday?", "Are you open on Tuesday?", "monday against tuesday"),
        ("Is there a train at 3pm?", "Is there a train at 3am?", "15:00 against 3:00"),
        ("Wake me at 7:15", "Wake me at 7:45", "7:15? against 7:45?"),
        ("music of the 80s", "music of the 90s", "80s against 90s"),
        (
            "Is the shop open on the weekend?",
            "Is the shop open on a weekday?",
            "weekend against weekday",
        ),
        ("What was 2024-01-02 like?", "What was 2024-02-01 like?", "january against february"),
        ("flights in March 2025", "flights in April 2025", "march against april"),
        ("Does the bus run at noon?", "Does the bus run at midnight?", "12:00 against 0:00"),
    ],
    "negation": [
        (
            "Is it safe to eat?",
            "Is it not safe to eat?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Should I call the bank?",
            "Should I never call the bank?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Cook pasta with salt",
            "Cook pasta without salt",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Why can I log in?",
            "Why can't I log in?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Which cheeses contain lactose?",
            "Which cheeses don't contain lactose?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Why did it work?",
            "WHY DID IT NOT WORK?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Which birds can fly?",
            "Which birds cannot fly?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "foods with gluten",
            "foods with no gluten",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Which countries are in the EU?",
            "Which countries aren't in the EU?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Why is my dog eating?",
            "Why isn’t my dog eating?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Why should I go?",
            "Why shouldnt I go?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Who paid?",
            "Who did not pay?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "all files except logs",
            "all files and logs",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Which are red and blue?",
            "Which are not red and not blue?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Which are red?",
            "Which are neither red nor blue?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "print all but one",
            "print all",
            "one of the two is negated, or more often than the other",
        ),
        ("Yes, book it", "No, don't book it", "one says yes, the other no"),
        (
            "Include dates",
            "Do not include dates",
            "one of the two is negated, or more often than the other",
        ),
        (
            "Why invest in gold?",
            "Why not invest in gold?",
            "one of the two is negated, or more often than the other",
        ),
        (
            "tea with sugar and milk",
            "tea without sugar and without milk",
            "one of the two is negated, or more often than the other",
        ),
        ("Who came?", "Nobody came?", "one of the two is negated, or more often than the other"),
        ("All of them", "None of them", "one of the two is negated, or more often than the other"),
    ],
    "antonyms": [
        (
            "How do I enable dark mode?",
            "How do I disable dark mode?",
            '"enable" is the opposite of "disable"',
        ),
        (
            "How do I increase my heart rate?",
            "How do I decrease my heart rate?",
            '"increase" is the opposite of "decrease"',
        ),
        (
            "What is the cheapest phone?",
            "What is the most expensive phone?",
            '"cheapest" is the opposite of "expensive"',
        ),
        (
            "How do I lock the door?",
            "How do I unlock the door?",
            '"lock" is the opposite of "unlock"',
        ),
        (
            "How do I encrypt a disk?",
            "How do I decrypt a disk?",
            '"encrypt" is the opposite of "decrypt"',
        ),
        (
            "advantages of remote work",
            "disadvantages of remote work",
            '"advantages" is the opposite of "disadvantages"',
        ),
        (
            "How do I turn the lights on?",
            "How do I turn the lights off?",
            '"turn-on" is the opposite of "turn-off"',
        ),
        ("Is it safe?", "Is it dangerous?", '"safe" is the opposite of "dangerous"'),
        (
            "Is it legal to fish here?",
            "Is it illegal to fish here?",
            '"legal" is the opposite of "illegal"',
        ),
        (
            "largest lake in Europe",
            "smallest lake in Europe",
            '"largest" is the opposite of "smallest"',
        ),
        (
            "How do I upload a file?",
            "How do I download a file?",
            '"upload" is the opposite of "download"',
        ),
        ("How do I log in?", "How do I log out?", '"log-in" is the opposite of "log-out"'),
        (
            "Is buying a flat wise?",
            "Is selling a flat wise?",
            '"buying" is the opposite of "selling"',
        ),
        ("symptoms of flu", "treatment of flu", '"symptoms" is the opposite of "treatment"'),
        ("sort ascending", "sort descending", '"ascending" is the opposite of "descending"'),
        (
            "What is a reversible reaction?",
            "What is an irreversible reaction?",
            '"irreversible" is the opposite of "reversible"',
        ),
        (
            "How do I gain weight?",
            "How do I lose weight?",
            '"gain-weight" is the opposite of "lose-weight"',
        ),
        (
            "What happens if it is wired correctly?",
            "What happens if it is wired incorrectly?",
            '"incorrectly" is the opposite of "correctly"',
        ),
        ("How do I mute a call?", "How do I unmute a call?", '"mute" is the opposite of "unmute"'),
        ("men's shoes", "women's shoes", '"men" is the opposite of "women"'),
        ("What is true here?", "What is false here?", '"true" is the opposite of "false"'),
        (
            "set it in upper case",
            "set it in lower case",
            '"upper-case" is the opposite of "lower-case"',
        ),
        ("How do I leave a group?", "How do I join a group?", '"leave" is the opposite of "join"'),
        ("parents of Napoleon", "children of Napoleon", '"parents" is the opposite of "children"'),
        ("Who was his mother?", "Who was his father?", '"mother" is the opposite of "father"'),
        ("hot coffee", "cold coffee", '"hot" is the opposite of "cold"'),
        (
            "subscribe to the newsletter",
            "unsubscribe from the newsletter",
            '"subscribe" is the opposite of "unsubscribe"',
        ),
    ],
    "direction": [
        (
            "flights from Oslo to Rome",
            "flights from Rome to Oslo",
            "from oslo to rome against the reverse",
        ),
        (
            "convert euros to dollars",
            "convert dollars to euros",
            "from euros to dollars against the reverse",
        ),
        (
            "Translate English to French",
            "Translate French to English",
            "from english to french against the reverse",
        ),
        (
            "move data from MySQL to Postgres",
            "move data from Postgres to MySQL",
            "from mysql to postgres against the reverse",
        ),
        (
            "Is tea better than coffee?",
            "Is coffee better than tea?",
            "from tea to coffee against the reverse",
        ),
        (
            "How do I convert json into yaml?",
            "How do I convert yaml into json?",
            "from json to yaml against the reverse",
        ),
        (
            "Did Rome attack Carthage?",
            "Did Carthage attack Rome?",
            "what is named changes places: rome attack carthage against the reverse",
        ),
        (
            "Why choose Java over Kotlin?",
            "Why choose Kotlin over Java?",
            "from java to kotlin against the reverse",
        ),
        (
            "Is a dog scared of the cat?",
            "Is a cat scared of the dog?",
            "what is named changes places: dog scared cat against the reverse",
        ),
        (
            "import contacts from gmail to outlook",
            "import contacts from outlook to gmail",
            "from gmail to outlook against the reverse",
        ),
        (
            "train from Kyoto to Osaka",
            "train to Kyoto from Osaka",
            "from kyoto to train against the reverse",
        ),
        (
            "miles to kilometers",
            "kilometers to miles",
            "from miles to kilometers against the reverse",
        ),
        (
            "Can a snake eat the eagle?",
            "Can an eagle eat the snake?",
            "what is named changes places: snake eat eagle against the reverse",
        ),
        (
            "Who beat Brazil in 2014?",
            "Who did Brazil beat in 2014?",
            "one asks who does it, the other to whom it is done",
        ),
        (
            "What eats snakes?",
            "What do snakes eat?",
            "one asks who does it, the other to whom it is done",
        ),
        (
            "Who was visited by Bob?",
            "Who visited Bob?",
            "one asks who does it, the other to whom it is done",
        ),
        (
            "Did Bob hit Alice?",
            "Did Alice hit Bob?",
            "what is named changes places: bob hit alice against the reverse",
        ),
        (
            "How do I divide 10 by 2?",
            "How do I divide 2 by 10?",
            "from 10 to 2 against the reverse",
        ),
        ("subtract 3 from 5", "subtract 5 from 3", "from 5 to 3 against the reverse"),
        ("What is 10 / 2?", "What is 2 / 10?", "from 10 to 2 against the reverse"),
        ("from 3 to 5", "from 5 to 3", "from 3 to 5 against the reverse"),
        ("What is 2 ** 3?", "What is 3 ** 2?", "from 2 to 3 against the reverse"),
        ("Is 5 more than 6?", "Is 6 more than 5?", "from 5 to 6 against the reverse"),
        ("flights on 05/06/2024", "flights on 06/05/2024", "from 05 to 06 against the reverse"),
    ],
    "entities": [
        ("What is the capital of France?", "What is the capital of Spain?", "france against spain"),
        ("Who is Ada Lovelace?", "Who is Grace Hopper?", "ada, lovelace against grace, hopper"),
        ("How do I install Django?", "How do I install Flask?", "django against flask"),
        ("weather in berlin", "weather in madrid", "berlin against madrid"),
        ("How old is Messi?", "How old is Ronaldo?", "messi against ronaldo"),
        ("Is Zenkit better for teams?", "Is Wrike better for teams?", "zenkit against wrike"),
        ("Does my iPhone support it?", "Does my iPad support it?", "iphone against ipad"),
        ("What does John want from us?", "What does Peter want from us?", "john against peter"),
        (
            "population of south korea",
            "population of north korea",
            "south-korea against north-korea",
        ),
        ("When was Niger founded?", "When was Nigeria founded?", "niger against nigeria"),
        ("Is aspirin safe for cats?", "Is ibuprofen safe for cats?", "aspirin against ibuprofen"),
        ("capital of Mauritania", "capital of Mauritius", "mauritania against mauritius"),
        ("president of the US", "president of France", "usa against france"),
        ("president of the U.S.", "president of the U.K.", "usa against uk"),
        ("Answer in French", "Answer in German", "french against german"),
        ("write it in python", "write it in java", "python against java"),
    ],
    "identifiers": [
        (
            "What does `os.walk` return?",
            "What does `os.listdir` return?",
            "os.walk against os.listdir",
        ),
        ("Explain error E404A", "Explain error E505B", "e404a against e505b"),
        ("What is in /etc/hosts?", "What is in /etc/passwd?", "/etc/hosts against /etc/passwd"),
        (
            "Open https://a.test/x",
            "Open https://a.test/y",
            "https://a.test/x against https://a.test/y",
        ),
        ("What does the -x flag do?", "What does the -v flag do?", "-x against -v"),
        ("Mail ann@example.com", "Mail bob@example.com", "ann@example.com against bob@example.com"),
        ("What does get_user do?", "What does set_user do?", "get_user against set_user"),
        ("Is 10.0.0.1 up?", "Is 10.0.0.2 up?", "10.0.0.1 against 10.0.0.2"),
        ("Edit main.py", "Edit setup.py", "main.py against setup.py"),
        ("What does MAX_SIZE mean?", "What does MIN_SIZE mean?", "max_size against min_size"),
        ("What does parseInt do?", "What does parseFloat do?", "parseint against parsefloat"),
        ("benefits of vitamin D", "benefits of vitamin K", "vitamin d against vitamin k"),
        ("ticket ABC-123", "ticket ABC-124", "abc-123 against abc-124"),
        ("status of PROJ-77", "status of PROJ-78", "proj-77 against proj-78"),
        ("Is x > 5 true?", "Is x < 5 true?", "[>] against [<]"),
        ("x >= 5 here", "x <= 5 here", "[>=] against [<=]"),
        ("Does a == b hold?", "Does a != b hold?", "[==] against [!=]"),
        ("What does && do?", "What does || do?", "[&&] against [||]"),
        ("What does the operator += do?", "What does the operator -= do?", "[+=] against [-=]"),
        ("GPT-4 prices", "GPT-3 prices", "gpt-4 against gpt-3"),
    ],
    "quotes": [
        ('Translate "good morning"', 'Translate "good night"', "good morning against good night"),
        (
            'Who said "I have a dream"?',
            'Who said "I think so I am"?',
            "i have a dream against i think so i am",
        ),
        ("What does “ennui” mean?", "What does “angst” mean?", "ennui against angst"),
        ("Count the letters in 'banana'", "Count the letters in 'papaya'", "banana against papaya"),
        ('Is "their" right here?', 'Is "there" right here?', "their against there"),
    ],
    "question": [
        (
            "Who wrote the report?",
            "When was the report written?",
            'one asks "who", the other "when"',
        ),
        ("Where is the museum?", "When is the museum open?", 'one asks "where", the other "when"'),
        (
            "How many people live there?",
            "Where do people live there?",
            'one asks "number", the other "where"',
        ),
        ("Why does the motor stop?", "How do I stop the motor?", 'one asks "why", the other "how"'),
        ("How old is the tower?", "How high is the tower?", 'one asks "age", the other "height"'),
        ("When did she leave?", "Why did she leave?", 'one asks "when", the other "why"'),
        (
            "How much does it cost?",
            "How long does it take?",
            'one asks "price", the other "duration"',
        ),
        ("Who built it?", "Where was it built?", 'one asks "who", the other "where"'),
        ("Did the war end?", "Why did the war end?", 'one asks "whether", the other "why"'),
        (
            "How tall is the tower?",
            "How wide is the tower?",
            'one asks "height", the other "width"',
        ),
        (
            "How heavy is a whale?",
            "How long is a whale?",
            'one asks "weight", the other "duration"',
        ),
        (
            "How much does a whale weigh?",
            "How much does a whale cost?",
            'one asks "weight", the other "price"',
        ),
    ],
    "scope": [
        ("List the first three kings", "List the last three kings", "first against last"),
        ("List all planets", "List some planets", "all against some"),
        ("salary per month", "salary per year", "month against year"),
        (
            "Explain gravity to a beginner",
            "Explain gravity to an expert",
            "beginner against expert",
        ),
        (
            "give me a short answer on taxes",
            "give me a detailed answer on taxes",
            "short against long",
        ),
        ("What is due this week?", "What is due next week?", "week against next"),
        ("vegan curry", "vegetarian curry", "vegan against vegetarian"),
        ("Can I eat before surgery?", "Can I eat after surgery?", "before against after"),
        ("users with at least 3 posts", "users with at most 3 posts", "least against most"),
        ("next train to town", "previous train to town", "next against previous"),
        ("daily active users", "monthly active users", "day against month"),
        ("Who is the current president?", "Who was the president in 1990?", "now against 1990"),
        ("Is it open today?", "Is it open tomorrow?", "now against tomorrow"),
        ("the latest phone", "the first phone", "last against first"),
        ("a list with bullets", "a list as json", "bullets against json"),
        ("List the first kings", "List all kings", "first against all"),
    ],
    "language": [
        (
            "Wie ist das Wetter in Rom?",
            "What is the weather in Rome?",
            'one is in "de", the other in "en"',
        ),
        ("¿Dónde está el museo?", "Où est le musée ?", 'one is in "es", the other in "fr"'),
        ("今日の天気は?", "What is the weather today?", 'one is in "ja", the other in "en"'),
        (
            "Какая сегодня погода?",
            "What is the weather today?",
            'one is in "ru", the other in "en"',
        ),
    ],
}


def rows(table: dict[str, list[tuple[str, str, str]]]) -> list[tuple[str, str, str, str]]:
    return [(veto, *row) for veto, found in table.items() for row in found]


@pytest.mark.parametrize(("veto", "asked", "stored", "said"), rows(TRAPS))
def test_a_trap_is_objected_to_by_name_and_in_words(
    veto: str, asked: str, stored: str, said: str
) -> None:
    found = objections(asked, stored)

    assert any(one.veto == veto and said in one.reason for one in found), found
    assert veto in {one.veto for one in objections(stored, asked)}


def test_every_veto_has_its_traps() -> None:
    assert set(TRAPS) | {"length"} == set(VETOES)


# What would need grammar, or knowledge of the world. The model weighs these.
BEYOND = [
    ("When was Andrew born?", "When was Andrea born?"),
    ("Who is Martin?", "Who is Martinez?"),
    ("who directed jaws", "who directed alien"),
    ("Bob was hit by Alice", "Alice was hit by Bob"),
    ("at least three", "exactly three"),
    ("Is A bigger than B?", "Is B bigger than A?"),
    ("Berlin to Paris by train", "Berlin to Paris by plane"),
]


@pytest.mark.parametrize(("asked", "stored"), BEYOND)
@pytest.mark.xfail(strict=True, reason="not read")
def test_what_is_not_read_yet(asked: str, stored: str) -> None:
    assert objections(asked, stored)


# ------------------------------------------------------------------ languages, by caution
SAME_WORDS = ("Wie ist das Wetter in Rom", "Das Wetter in Rom: wie ist es?")
OTHER_WORDS = ("Wie koche ich Reis mit Safran?", "Wie brate ich Fisch mit Zitrone?")
NUMBERS = ("Wie ist das Wetter am 3. Tag?", "Wie ist das Wetter am 4. Tag?")


@pytest.mark.parametrize(
    ("pair", "caution", "vetoed"),
    [
        (SAME_WORDS, "exact", True),
        (SAME_WORDS, "strict", False),
        (SAME_WORDS, "usual", False),
        (OTHER_WORDS, "exact", True),
        (OTHER_WORDS, "strict", True),
        (OTHER_WORDS, "usual", False),
        (NUMBERS, "exact", True),
        (NUMBERS, "strict", True),
        (NUMBERS, "usual", True),
    ],
)
def test_a_policy_says_how_careful_to_be_where_words_are_not_covered(
    *, pair: tuple[str, str], caution: Caution, vetoed: bool
) -> None:
    assert bool(objections(*pair, caution=caution)) is vetoed


@pytest.mark.parametrize("caution", CAUTIONS)
def test_english_is_covered_under_any_caution(caution: Caution) -> None:
    asked, stored = "What is the weather in Rome?", "How is the weather in Rome?"

    assert not objections(asked, stored, caution=caution)


@pytest.mark.parametrize("text", ["¿Cómo está el tiempo?", "Как погода?", "今日の天気は?"])
def test_the_same_text_is_served_in_any_language_under_any_caution(text: str) -> None:
    assert not objections(text, f" {text}\n", caution="exact")


# ------------------------------------------------------------------ long texts
LONG = "Sum this up: " + "word " * (reading.READ_LIMIT // 5)


def test_long_texts_must_be_equal_beyond_what_is_read() -> None:
    found = objections(f"{LONG} the end", f"{LONG} another end")

    assert [one.veto for one in found] == ["length"]
    assert "beyond what is read" in found[0].reason


def test_long_texts_that_differ_in_what_is_read_are_compared_there() -> None:
    assert not objections(f"Please. {LONG}"[: reading.READ_LIMIT], LONG[: reading.READ_LIMIT])
    assert objections(f"Name 5. {LONG}", f"Name 6. {LONG}")
