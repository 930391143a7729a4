"""The question bank: every key, explanation, misconception and source holds, and answers are marked right."""

import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from lessons import DataFault, bank, books, mechanics

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(bank.FOLDER.glob("0*.json"))
ALL = bank.questions()
CHOSEN = [one for one in ALL if one.kind in ("choose_one", "choose_several")]

every_file = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
every_question = pytest.mark.parametrize("asked", ALL, ids=lambda one: one.id)


def value(tables, measurement):
    return tables.emg.set_index("measurement_id").loc[measurement, "value"]


def arm(tables, exercise, muscle):
    """The moment arm of a muscle about the hip, front to back, in cm."""
    arms = mechanics.moment_arms(tables, mechanics.posture(tables, exercise)[0]).set_index("muscle_id")
    return 100 * abs(arms.loc[muscle, "hip_flexion"])


# Answers that stand in no table, computed here once more: on all fours, the hip 10 degrees extended.
COMPUTED = {
    "04-other-reference": lambda t: 100 * value(t, "V024") / value(t, "V026"),
    "05-moment": lambda t: abs(
        mechanics.joint_moments(t, mechanics.Leg(90, 10, 0, 0), mechanics.Load(5))["hip_flexion"].iloc[0]
    ),
    "06-ruler": lambda t: arm(t, "quadruped_straight_knee", "semimembranosus"),
}


def test_keys_that_follow_from_a_table_still_do(tables):
    kicks = tables.exercises.query("is_kickback and family == 'glute'")["exercise_id"]
    assert bank.answer_text(bank.question("02-count"), bank.key(bank.question("02-count"))) == "None"
    assert not tables.emg["exercise_id"].isin(kicks).any()
    filed = tables.databases.query("family == 'glute'")["mechanic"].str.lower()
    told = "".join(option.explanation for option in bank.question("01-filed").options)
    counts = (filed.isin(["isolation", "isolated"]).sum(), (filed == "compound").sum())
    assert [str(count) in told for count in counts] == [True, True]
    assert [value(tables, name) for name in ("V002", "V006", "V003")] == [38, 62.7, 99.9], "02-medius"


@pytest.mark.parametrize("exponent", [2, 3])
@pytest.mark.parametrize("force_length", [True, False])
def test_an_outward_turn_that_is_asked_for_raises_gluteus_maximus(
    tables, monkeypatch, exponent, force_length
):
    """The key of 06-vote, under every option with rotation balanced."""
    statics = mechanics.joint_moments
    pose, load = mechanics.Leg(), mechanics.Load(10, "along")
    shares = []
    for turn in (0, 5, 10, 15):  # N m that a band asks for; minus is outward

        def asked(*given, turn=turn):
            table = statics(*given)
            return table.assign(hip_rotation=table["hip_rotation"] - turn)

        monkeypatch.setattr(mechanics, "joint_moments", asked)
        found = mechanics.predict(tables, pose, load, exponent=exponent, force_length=force_length).shares
        shares.append(found["gluteus_maximus"].iloc[0])
    assert shares == sorted(shares) and shares[-1] > shares[0] + 0.01


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@every_file
def test_a_file_of_questions_follows_the_schema(path):
    schema = read(bank.FOLDER / "schema.json")
    faults = jsonschema.Draft202012Validator(schema).iter_errors(read(path))
    assert [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in faults] == []


@every_file
def test_a_file_is_named_after_its_lesson_and_its_ids_after_its_number(path):
    book = read(path)
    assert path.stem == book["lesson"].replace("_", "-")
    number = path.stem[:2]
    assert all(one["id"].startswith(number) for one in book["questions"])
    assert all(aim.startswith(number) for aim in book["aims"])


def test_no_id_stands_twice():
    ids = [one["id"] for path in PATHS for one in read(path)["questions"]]
    assert [one for one, count in Counter(ids).items() if count > 1] == []


@every_question
def test_a_question_serves_an_aim_of_its_lesson_and_names_sources_that_exist(asked, tables):
    assert asked.aim in bank.aims(asked.lesson)
    assert set(asked.sources) <= set(tables.sources["source_id"])


@every_question
def test_only_known_misconceptions_are_listened_for_and_never_behind_a_right_answer(asked):
    for option in asked.options:
        behind = [option.misconception, *option.wrong.values()]
        assert set(filter(None, behind)) <= set(bank.misconceptions())
        assert not (option.misconception and option.key is True)
        assert str(option.key) not in option.wrong


@pytest.mark.parametrize("asked", CHOSEN, ids=lambda one: one.id)
def test_the_words_of_each_explanation_say_the_same_as_the_key(asked):
    for option in asked.options:
        begins = "Right." if option.key else "Not so."
        assert option.explanation.startswith(begins), f"{option.text}: {option.explanation}"
    rights = sum(bool(option.key) for option in asked.options)
    assert rights == 1 if asked.kind == "choose_one" else 2 <= rights < len(asked.options)


@every_question
def test_the_key_is_marked_right_and_everything_else_wrong(asked):
    key = bank.key(asked)
    assert bank.mark(asked, key).right
    if asked.kind == "choose_one":
        assert not any(bank.mark(asked, n).right for n in range(len(asked.options)) if n != key)
    elif asked.kind == "choose_several":
        assert not any(bank.mark(asked, [n]).right for n in range(len(asked.options)))
        assert not bank.mark(asked, list(range(len(asked.options)))).right
    elif asked.kind == "number":
        step = 1.01 * asked.about["tolerance"]
        assert not bank.mark(asked, key + step).right and not bank.mark(asked, key - step).right
    else:
        assert set(key) <= set(asked.choices)
        for place, option in enumerate(asked.options):
            if not option.given:
                other = next(word for word in asked.choices if word != key[place])
                assert not bank.mark(asked, [*key[:place], other, *key[place + 1 :]]).right


@pytest.mark.parametrize("asked", [o for o in ALL if o.kind == "number"], ids=lambda one: one.id)
def test_a_number_stands_in_its_table_or_is_computed_from_the_tables(asked, tables):
    if asked.id in COMPUTED:
        computed = COMPUTED[asked.id](tables)
        assert float(f"{computed:.2g}") == asked.about["answer"] or round(computed) == asked.about["answer"]
        return
    data = asked.about["data"]
    table = getattr(tables, data["table"])
    (row,) = table[table.iloc[:, 0] == data["id"]].to_dict("records")
    assert asked.about["answer"] == row[data["column"]]
    assert [option.key for option in asked.options].count("right") == 1


@pytest.mark.parametrize("asked", [o for o in ALL if o.kind == "role_table"], ids=lambda one: one.id)
def test_a_role_table_asks_for_muscles_and_an_exercise_of_the_tables(asked, tables):
    names = set(tables.muscles["name"].astype(str))
    assert {option.text for option in asked.options} <= names
    assert asked.about["exercise"] in set(tables.exercises["exercise_id"])
    assert not all(option.given for option in asked.options)
    assert any(option.key != "not named" for option in asked.options)


@every_question
def test_every_emg_number_in_a_question_stands_in_the_table(asked, tables):
    known = {f"{v:g}" for column in ("value", "low", "high") for v in tables.emg[column].dropna()}
    text = " ".join([asked.prompt, *(f"{option.text} {option.explanation}" for option in asked.options)])
    for number in re.findall(r"([\d.]*\d) %MVIC", text):
        assert number in known, f"{number} %MVIC is in no row of emg.csv"


def test_every_misconception_is_caught_at_least_twice():
    caught = Counter(
        name
        for asked in ALL
        for option in asked.options
        for name in {option.misconception, *option.wrong.values()} - {""}
    )
    assert {name: caught[name] for name in bank.misconceptions() if caught[name] < 2} == {}


def test_the_bank_is_as_large_as_the_course_promises():
    own = Counter(one.lesson[:2] for one in ALL)
    assert set(own) == {f"{n:02d}" for n in range(10)}
    assert min(own.values()) >= 8 and len(ALL) >= 100


def test_the_tests_before_and_after_are_twelve_pairs_that_ask_the_same():
    before = {one.id: one for one in ALL if one.use == "pre"}
    after = {one.id: one for one in ALL if one.use == "post"}
    assert len(before) == len(after) == 12
    for one in before.values():
        other = after[one.about["parallel"]]
        assert other.about["parallel"] == one.id and other.prompt != one.prompt
        assert {o.misconception for o in one.options} == {o.misconception for o in other.options}


def test_the_right_answer_is_not_given_away_by_its_place_or_length():
    several = [one for one in ALL if one.kind == "choose_one"]
    places = Counter(bank.key(one) for one in several)
    assert max(places.values()) <= 0.5 * len(several), places
    longest = sum(
        max(range(len(one.options)), key=lambda n: len(one.options[n].text)) == bank.key(one)
        for one in several
    )
    assert longest <= 0.5 * len(several), f"the longest option is right in {longest} of {len(several)}"


@every_file
def test_a_lesson_opens_with_two_questions_from_earlier_ones(path):
    book = read(path)
    asked = [bank.question(one) for one in book.get("recall", [])]
    assert len(asked) == (0 if path.stem.startswith("00") else 2)
    for one in asked:
        assert one.lesson < book["lesson"] and one.use == "check"
        assert one.kind in ("choose_one", "choose_several", "number")


@every_file
def test_every_lesson_asks_in_several_ways(path):
    own = [one for one in ALL if one.lesson == read(path)["lesson"]]
    assert len({one.kind for one in own}) >= 3
    if path.stem[:2] not in ("00", "09"):
        assert {"predict", "check", "vote"} <= {one.use for one in own}


@every_file
def test_every_question_that_a_notebook_asks_is_in_the_bank_and_each_form_is_asked_somewhere(path):
    book = read(path)
    notebook = read(NOTEBOOKS / f"{book['lesson']}.ipynb")
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    named = set(re.findall(r'"(0\d-[a-z0-9-]+)"', code))
    ids = {one.id: one.use for one in bank.questions()}
    assert named <= set(ids)
    own = {one["id"] for one in book["questions"] if one["use"] in ("predict", "vote", "check")}
    assert own - named == set(), "in the bank, but not in the notebook"


def test_a_mistyped_question_names_the_nearest():
    with pytest.raises(ValueError, match="There is no question '02-minimal'. Did you mean 02-minimus"):
        bank.question("02-minimal")
    with pytest.raises(ValueError, match="There is no lesson '77'; there are 00_start_here"):
        bank.questions("77")


def damaged(folder, *path, value):
    """Put a value into a file of the small bank; the last of `path` may be a key that is taken away."""
    name, *steps, last = path
    book = inner = read(folder / name)
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    (folder / name).write_text(json.dumps(book), encoding="utf-8")


ONE = "01-one-word-two-exercises.json"
QUESTION = (ONE, "questions", 0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ((ONE, "questions"), None, f"{ONE}: questions: null stands where a list must stand."),
        ((ONE, "lesson"), ..., f"{ONE}: lesson is missing."),
        ((*QUESTION, "id"), 5, f"{ONE}: questions, item 1, id: 5 stands where text must stand."),
        ((*QUESTION, "id"), "01-holders", f"{ONE}: '01-holders' stands in {ONE} too."),
        ((*QUESTION, "kind"), "riddle", f"{ONE}: questions, item 1, kind: 'riddle' stands where one of "),
        ((*QUESTION, "options"), [], f"{ONE}: question '01-minimus' has no options."),
        (
            (*QUESTION, "options", 0, "right"),
            True,
            f"{ONE}: question '01-minimus': 2 options are right; one must",
        ),
        (
            (*QUESTION, "options", 0, "text"),
            ...,
            f"{ONE}: questions, item 1, options, item 1, text is missing.",
        ),
        (
            (ONE, "questions", 2, "answer"),
            "24",
            f"{ONE}: questions, item 3, answer: '24' stands where a number",
        ),
        (
            (ONE, "questions", 2, "unit"),
            ...,
            f"{ONE}: question '01-percent': unit is missing; a question of the",
        ),
        (
            (ONE, "questions", 2, "options", 0, "when"),
            "less",
            f"{ONE}: question '01-percent' needs three options",
        ),
        (("misconceptions.json", "x"), 3, "misconceptions.json: 'x': 3 stands where text must stand."),
    ],
)
def test_a_damaged_file_of_questions_is_said_with_its_place(small_bank, path, value, said):
    damaged(small_bank.FOLDER, *path, value=value)
    with pytest.raises(DataFault) as caught:
        small_bank.misconceptions(), small_bank.questions()
    assert caught.value.faults[0].startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{\n"lesson": "01",\n', "is not JSON: look at line 3, column 1."),
        (b"", "is empty."),
        (b"\xff\xfe{\x00", "is UTF-16"),
        ("Gesäß".encode("cp1252"), "is not UTF-8 in line 1 but, it seems, Windows-1252"),
    ],
)
def test_a_file_of_questions_that_is_no_json_is_said_with_its_line(small_bank, content, said):
    for name, read_it in ((ONE, small_bank.lessons), ("misconceptions.json", small_bank.misconceptions)):
        before = (small_bank.FOLDER / name).read_bytes()
        (small_bank.FOLDER / name).write_bytes(content)
        with pytest.raises(DataFault) as caught:
            read_it()
        assert caught.value.faults[0].startswith(f"{name} {said}")
        (small_bank.FOLDER / name).write_bytes(before)


def test_what_every_caller_is_handed_cannot_be_spoiled(small_bank):
    with pytest.raises(TypeError):
        small_bank.misconceptions()["x"] = "y"


def test_the_check_of_questions_lets_those_of_the_schema_through():
    schema = read(bank.FOLDER / "schema.json")["$defs"]["question"]
    assert {key.removesuffix("?") for key in books._QUESTION} == set(schema["properties"])
