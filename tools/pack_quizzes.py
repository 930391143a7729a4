"""Write the question bank for other programs: a table, QTI 1.2 for Canvas, Moodle XML.

The two XML formats are written here and not by a library: text2qti has no matching questions, which a quarter
of the bank are, and puts the day's date and "Private (Copyrighted)" into every file.
Moodle has no import of QTI in its core, but reads its own XML.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from html import escape
from xml.etree import ElementTree

from lessons import bank

TESTS = {"pre": "test before the course", "post": "test after the course"}
RIGHTS = "Text and figures of Kickback Lab: CC BY 4.0."
COLUMNS = [
    *["lesson", "question", "use", "kind", "aim", "prompt", "option", "text", "key", "explanation"],
    *["misconception", "unit", "tolerance", "words to choose from", "given", "sources"],
]
_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_CONTENT = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_METADATA = "http://www.imsglobal.org/xsd/imsmd_v1p2"
_CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
_FAR = 1_000_000  # farther from the right number than anybody's answer


def csv_bytes(asked: Iterable[bank.Question]) -> bytes:
    """Return the bank as a table, one row for each option, for a spreadsheet.

    A byte-order mark, without which Excel misreads every letter beyond ASCII, and CRLF line ends, which the
    format prescribes (RFC 4180). Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # CRLF is the writer's own
    writer.writerow(COLUMNS)
    for one in asked:
        for place, option in enumerate(one.options, 1):
            writer.writerow([_guarded(cell) for cell in _row(one, place, option)])
    return text.getvalue().encode("utf-8-sig")


def _row(one: bank.Question, place: int, option: bank.Option) -> list:
    behind = [option.misconception, *(f"{word}: {name}" for word, name in option.wrong.items())]
    return [
        *[one.lesson, one.id, one.use, one.kind, one.aim, one.prompt, place, option.text, _key(one, option)],
        *[option.explanation, "; ".join(filter(None, behind)), one.about.get("unit", "")],
        *[one.about.get("tolerance", ""), "; ".join(one.choices), "yes" if option.given else ""],
        "; ".join(one.sources),
    ]


def _key(one: bank.Question, option: bank.Option) -> str:
    if one.kind in ("choose_one", "choose_several"):
        return "right" if option.key else "wrong"
    if one.kind == "number" and option.key == "right":
        return f"right: {one.about['answer']:g}"
    return str(option.key)


def _guarded(cell):
    risky = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if risky else cell


def quizzes(asked: Sequence[bank.Question]) -> dict[str, tuple[str, list[bank.Question]]]:
    """Return the quizzes of a bank: each file name with its title and questions.

    One for each lesson, and the tests before and after the course apart.
    """
    found: dict[str, tuple[str, list]] = {}
    for one in asked:
        name = one.lesson.replace("_", "-")
        title = f"{name[:2]} {name[3:].replace('-', ' ')}"
        if one.use in TESTS:
            name, title = TESTS[one.use].replace(" ", "-"), TESTS[one.use].capitalize()
        found.setdefault(name, (title, []))[1].append(one)
    return dict(sorted(found.items()))


def lines(one: bank.Question) -> list[tuple[bank.Option, str]]:
    """Return the lines of a question that are to be answered with a word, each with that word."""
    return [(one.options[n], str(one.options[n].key)) for n in one.shown_order if not one.options[n].given]


def is_matching(one: bank.Question) -> bool:
    """Tell whether a question becomes one of matching: two or more lines, a word for each."""
    return one.kind in ("order", "match", "role_table") and len(lines(one)) > 1


def choices(one: bank.Question) -> list[tuple[str, bool, str]]:
    """Return what can be chosen in a question that is not of matching: text, right or not, explanation.

    A table with a single open line becomes a choice of its words.
    """
    if one.kind in ("choose_one", "choose_several"):
        return [(option.text, bool(option.key), option.explanation) for option in one.options]
    ((option, key),) = lines(one)
    begins = {True: "Right. ", False: "Not so. "}
    return [
        (word, word == key, begins[word == key] + f"{option.text}: {option.explanation}")
        for word in one.choices
    ]


def prompt_html(one: bank.Question) -> str:
    """Return what is asked, with the lines of a table that are filled in already."""
    asked = f"<p>{escape(one.prompt)}</p>"
    given = [option for option in one.options if option.given]
    if given:
        rows = "".join(f"<li>{escape(f'{o.text}: {o.key}. {o.explanation}')}</li>" for o in given)
        asked += f"<p>Filled in already:</p><ul>{rows}</ul>"
    if one.kind == "order":
        asked += f"<p>Give each line its place, 1 to {len(one.options)}.</p>"
    elif one.kind == "number":
        asked += f"<p>Answer with a number, in {escape(one.about['unit'])}.</p>"
    elif len(lines(one)) == 1 and one.choices:
        asked += f"<p>Choose the words for: {escape(lines(one)[0][0].text)}</p>"
    return asked


def said_html(one: bank.Question) -> str:
    """Return the key and the explanation of every line of a matching question."""
    items = "".join(
        f"<li>{escape(f'{option.text}: {key}. {option.explanation}')}</li>" for option, key in lines(one)
    )
    return f"<ul>{items}</ul>"


def number_html(one: bank.Question) -> dict[str, str]:
    """Return the explanations of a number: of the right one, of one too small, of one too large."""
    return {str(option.key): escape(option.explanation) for option in one.options}


def canvas_zip(files: dict[str, tuple[str, list[bank.Question]]]) -> bytes:
    """Return a QTI 1.2 package as Canvas exports and imports it, with one quiz for each entry of `files`.

    The same questions give the same bytes.
    """
    entries = {"imsmanifest.xml": _manifest(list(files))}
    for name, (title, asked) in files.items():
        entries[f"{name}/assessment_meta.xml"] = _about_quiz(name, title, asked)
        entries[f"{name}/{name}.xml"] = _assessment(name, title, asked)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for path, root in entries.items():
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16  # whatever system writes it
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, _xml(root))
    return packed.getvalue()


def _xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(parent, tag: str, text: object = None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = None if text is None else str(text)
    return child


def _manifest(names: Sequence[str]) -> ElementTree.Element:
    about = {"identifier": "kickback-manifest", "xmlns": _CONTENT, "xmlns:imsmd": _METADATA}
    root = ElementTree.Element("manifest", about)
    metadata = _add(root, "metadata")
    _add(metadata, "schema", "IMS Content")
    _add(metadata, "schemaversion", "1.1.3")
    lom = _add(metadata, "imsmd:lom")
    _add(_add(_add(lom, "imsmd:general"), "imsmd:title"), "imsmd:string", "Kickback Lab")
    rights = _add(lom, "imsmd:rights")
    _add(_add(rights, "imsmd:copyrightAndOtherRestrictions"), "imsmd:value", "yes")
    _add(_add(rights, "imsmd:description"), "imsmd:string", RIGHTS)
    _add(root, "organizations")
    resources = _add(root, "resources")
    for name in names:
        quiz = _add(resources, "resource", identifier=_quiz_id(name), type="imsqti_xmlv1p2")
        _add(quiz, "file", href=f"{name}/{name}.xml")
        _add(quiz, "dependency", identifierref=f"{_quiz_id(name)}-about")
        about = {"identifier": f"{_quiz_id(name)}-about", "href": f"{name}/assessment_meta.xml"}
        kind = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
        _add(_add(resources, "resource", **about, type=kind), "file", href=about["href"])
    return root


def _quiz_id(name: str) -> str:
    return f"kickback-{name}"


def _about_quiz(name: str, title: str, asked: Sequence[bank.Question]) -> ElementTree.Element:
    is_test = asked[0].use in TESTS
    root = ElementTree.Element("quiz", {"identifier": _quiz_id(name), "xmlns": _CANVAS})
    # A test before or after the course tells no key, or the second would measure the first.
    settings = {
        "title": f"Kickback Lab: {title}",
        "description": f"<p>{RIGHTS}</p>",
        "shuffle_answers": "false",
        "scoring_policy": "keep_highest",
        "hide_results": "always" if is_test else "",
        "quiz_type": "practice_quiz",
        "points_possible": f"{len(asked):.1f}",
        "show_correct_answers": str(not is_test).lower(),
        "allowed_attempts": "1" if is_test else "-1",
        "one_question_at_a_time": "false",
        "available": "false",
    }
    for tag, text in settings.items():
        _add(root, tag, text)
    return root


def _assessment(name: str, title: str, asked: Sequence[bank.Question]) -> ElementTree.Element:
    root = ElementTree.Element("questestinterop", {"xmlns": _QTI})
    quiz = _add(root, "assessment", ident=_quiz_id(name), title=f"Kickback Lab: {title}")
    _fields(_add(quiz, "qtimetadata"), {"cc_maxattempts": "1" if asked[0].use in TESTS else "unlimited"})
    section = _add(quiz, "section", ident="root_section")
    for one in asked:
        _item(section, one)
    return root


def _fields(parent, fields: dict[str, str]) -> None:
    for label, entry in fields.items():
        field = _add(parent, "qtimetadatafield")
        _add(field, "fieldlabel", label)
        _add(field, "fieldentry", entry)


def _item(section, one: bank.Question) -> None:
    item = _add(section, "item", ident=f"kickback-{one.id}", title=one.id)
    kind, answers, fill = _canvas_kind(one)
    fields = {"question_type": kind, "points_possible": "1", "original_answer_ids": ",".join(answers)}
    _fields(_add(_add(item, "itemmetadata"), "qtimetadata"), fields)
    presentation = _add(item, "presentation")
    _material(presentation, prompt_html(one))
    processing = _add(item, "resprocessing")
    _add(
        _add(processing, "outcomes"),
        "decvar",
        maxvalue="100",
        minvalue="0",
        varname="SCORE",
        vartype="Decimal",
    )
    for ident, text in fill(one, presentation, processing).items():
        _material(_add(_add(item, "itemfeedback", ident=ident), "flow_mat"), text)


def _canvas_kind(one: bank.Question):
    """Return Canvas's name for the kind, the ids of the answers, and what writes them."""
    if is_matching(one):
        return "matching_question", [_line_id(one, n) for n in range(len(lines(one)))], _fill_matching
    if one.kind == "number":
        return "numerical_question", [f"{one.id}-number"], _fill_number
    kind = "multiple_answers_question" if one.kind == "choose_several" else "multiple_choice_question"
    return kind, [_choice_id(one, n) for n in range(len(choices(one)))], _fill_choice


def _choice_id(one: bank.Question, place: int) -> str:
    return f"{one.id}-option-{place + 1}"


def _line_id(one: bank.Question, place: int) -> str:
    return f"{one.id}-line-{place + 1}"


def _material(parent, text: str, kind: str = "text/html") -> None:
    _add(_add(parent, "material"), "mattext", text, texttype=kind)


def _condition(processing, go_on: str) -> tuple:
    condition = _add(processing, "respcondition", **{"continue": go_on})
    return condition, _add(condition, "conditionvar")


def _show(condition, ident: str) -> None:
    _add(condition, "displayfeedback", feedbacktype="Response", linkrefid=ident)


def _fill_choice(one: bank.Question, presentation, processing) -> dict[str, str]:
    several = one.kind == "choose_several"
    response = _add(
        presentation, "response_lid", ident="response1", rcardinality="Multiple" if several else "Single"
    )
    offered = _add(response, "render_choice")
    told = {}
    for place, (text, _right, explanation) in enumerate(choices(one)):
        ident = _choice_id(one, place)
        _material(_add(offered, "response_label", ident=ident), escape(text))
        condition, when = _condition(processing, "Yes")
        _add(when, "varequal", ident, respident="response1")
        _show(condition, f"{ident}_fb")
        told[f"{ident}_fb"] = f"<p>{escape(explanation)}</p>"
    condition, when = _condition(processing, "No")
    _score_choice(one, _add(when, "and") if several else when)
    _add(condition, "setvar", 100, action="Set", varname="SCORE")
    return told


def _score_choice(one: bank.Question, when) -> None:
    for place, (_text, right, _explanation) in enumerate(choices(one)):
        if right or one.kind == "choose_several":
            _add(
                when if right else _add(when, "not"),
                "varequal",
                _choice_id(one, place),
                respident="response1",
            )


def _fill_number(one: bank.Question, presentation, processing) -> dict[str, str]:
    response = _add(presentation, "response_str", ident="response1", rcardinality="Single")
    _add(_add(response, "render_fib", fibtype="Decimal"), "response_label", ident=f"{one.id}-number")
    answer, tolerance = one.about["answer"], one.about["tolerance"]
    condition, when = _condition(processing, "No")
    either = _add(when, "or")
    _add(either, "varequal", answer, respident="response1")
    both = _add(either, "and")
    _add(both, "vargte", _plain(answer - tolerance), respident="response1")
    _add(both, "varlte", _plain(answer + tolerance), respident="response1")
    _add(condition, "setvar", 100, action="Set", varname="SCORE")
    _show(condition, "correct_fb")
    condition, when = _condition(processing, "Yes")
    _add(when, "other")
    _show(condition, "general_incorrect_fb")
    said = number_html(one)
    # Canvas knows one comment for every wrong number.
    wrong = f"<p>If your number is smaller: {said['less']}</p><p>If it is larger: {said['more']}</p>"
    return {"correct_fb": f"<p>{said['right']}</p>", "general_incorrect_fb": wrong}


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _fill_matching(one: bank.Question, presentation, processing) -> dict[str, str]:
    words = {word: f"{one.id}-word-{place}" for place, word in enumerate(one.choices, 1)}
    open_lines = lines(one)
    condition, when = _condition(processing, "Yes")
    _add(when, "other")
    _show(condition, "general_fb")
    for place, (option, key) in enumerate(open_lines):
        ident = f"response_{_line_id(one, place)}"
        response = _add(presentation, "response_lid", ident=ident)
        _material(response, option.text, "text/plain")
        offered = _add(response, "render_choice")
        for word, word_id in words.items():
            _material(_add(offered, "response_label", ident=word_id), word, "text/plain")
        condition, when = _condition(processing, "Yes")
        _add(when, "varequal", words[key], respident=ident)
        _add(condition, "setvar", f"{100 / len(open_lines):.2f}", action="Add", varname="SCORE")
    # Canvas has no comment for a single line, so all stand together.
    return {"general_fb": said_html(one)}


def moodle_xml(files: dict[str, tuple[str, list[bank.Question]]]) -> bytes:
    """Return questions as Moodle XML, one category for each entry of `files`."""
    root = ElementTree.Element("quiz")
    for title, asked in files.values():
        category = _add(root, "question", type="category")
        _text(category, "category", f"$course$/top/Kickback Lab/{title}")
        _text(category, "info", RIGHTS, format="plain_text")
        for one in asked:
            _moodle_question(root, one)
    return _xml(root)


def _text(parent, tag: str, text: str, **attributes: str) -> ElementTree.Element:
    child = _add(parent, tag, **attributes)
    _add(child, "text", text)
    return child


def _moodle_question(root, one: bank.Question) -> None:
    kind = "matching" if is_matching(one) else "numerical" if one.kind == "number" else "multichoice"
    question = _add(root, "question", type=kind)
    _text(question, "name", f"{one.id} {one.use}")
    _text(question, "questiontext", prompt_html(one), format="html")
    _text(question, "generalfeedback", said_html(one) if kind == "matching" else "", format="html")
    _add(question, "defaultgrade", "1")
    _add(question, "penalty", "0.3333333")
    _add(question, "hidden", "0")
    _add(question, "idnumber", one.id)
    fill = {"matching": _moodle_lines, "numerical": _moodle_number, "multichoice": _moodle_choices}
    fill[kind](question, one)
    tags = _add(question, "tags")
    for tag in (f"lesson {one.lesson[:2]}", one.use, f"aim {one.aim}"):
        _text(tags, "tag", tag)


def _moodle_choices(question, one: bank.Question) -> None:
    offered = choices(one)
    several = one.kind == "choose_several"
    rights = sum(right for _, right, _ in offered)
    _add(question, "single", str(not several).lower())
    _add(question, "shuffleanswers", "false")
    _add(question, "answernumbering", "ABCD")
    for text, right, explanation in offered:
        # Ticking everything must not pay: what the right ones give, the wrong ones take.
        share = 100 / rights if right else -100 / (len(offered) - rights) if several else 0
        answer = _text(question, "answer", escape(text), fraction=f"{share:.7g}", format="html")
        _text(answer, "feedback", f"<p>{escape(explanation)}</p>", format="html")


def _moodle_number(question, one: bank.Question) -> None:
    said, value = number_html(one), one.about["answer"]
    # Moodle takes the first answer that fits: the right one, then all smaller ones, then all larger ones.
    answers = [
        (_plain(value), one.about["tolerance"], "right"),
        (_plain(value - _FAR), _FAR, "less"),
        (_plain(value + _FAR), _FAR, "more"),
    ]
    for text, tolerance, when in answers:
        share = "100" if when == "right" else "0"
        answer = _text(question, "answer", text, fraction=share, format="moodle_auto_format")
        _add(answer, "tolerance", tolerance)
        _text(answer, "feedback", f"<p>{said[when]}</p>", format="html")


def _moodle_lines(question, one: bank.Question) -> None:
    _add(question, "shuffleanswers", "false" if one.kind == "order" else "true")
    used = []
    for option, key in lines(one):
        part = _text(question, "subquestion", f"<p>{escape(option.text)}</p>", format="html")
        _text(part, "answer", key)
        used.append(key)
    for word in one.choices:
        if word not in used:
            _text(_text(question, "subquestion", "", format="html"), "answer", word)
