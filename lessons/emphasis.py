"""Compare exercises through the Roles lens: what texts say, as an ordinal emphasis from 0 to 3."""

import weakref
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from lessons.tables import Tables

LIMBS = ("working", "standing", "trunk")
LIMB_WORDS = {
    "working": "working limb",
    "standing": "standing limb",
    "trunk": "trunk",
    "all": "all limbs and trunk",
}
ROLE_WORDS = {
    "prime_mover": "prime mover",
    "secondary_mover": "secondary mover",
    "stabilizer": "stabilizer",
    "antagonist": "antagonist",
}
SILENT = "not named"
SAME = "same"
_FEW = 4  # names that a sentence lists; more are counted
_MOVES = {3: "main target", 2: "works hard", 1: "assists", 0: "opposes"}
_HOLDS = {2: "holds hard", 1: "holds"}
_DOING = {
    "main target": "main target",
    "works hard": "working hard",
    "assists": "assisting",
    "holds hard": "holding hard",
    "holds": "holding",
    "opposes": "opposing",
}
_made: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def word(role: str, emphasis: float) -> str:
    """Say an emphasis in words: `word("prime_mover", 3)` is "main target"; unknown is "not named"."""
    if pd.isna(emphasis):
        return SILENT
    return (_HOLDS if role == "stabilizer" else _MOVES)[int(emphasis)]


def spoken(name: str) -> str:
    """Put a name into a running sentence: "Cable kickback, bent knee" is "cable kickback (bent knee)"."""
    whole, _, part = name.partition(", ")
    part, _, limb = part.partition(" (")
    text = whole + (f" ({part})" if part else "") + (f" ({limb}" if limb else "")
    return text[:1].lower() + text[1:]


def rows(tables: Tables) -> pd.DataFrame:
    """Return every muscle and limb that any text gives a part in, in display order.

    Columns: `muscle_id, limb, muscle, label, group`. `label` names the limb where the muscle alone would not
    do: always the standing one, the trunk if the muscle has another part elsewhere. Made once for each
    `Tables`.
    """
    return _once(tables, _rows)


def _once(tables: Tables, make: Callable[[Tables], pd.DataFrame]) -> pd.DataFrame:
    """Return a copy of what `make` makes of the tables; every panel asks for the same frames many times."""
    kept = _made.setdefault(tables, {})
    if make not in kept:
        kept[make] = make(tables)
    return kept[make].copy()


def _rows(tables: Tables) -> pd.DataFrame:
    named = tables.roles[["muscle_id", "limb"]].astype(str).drop_duplicates()
    order = pd.Series(range(len(tables.muscles)), index=tables.muscles["muscle_id"])
    limb_order = named["limb"].map({limb: number for number, limb in enumerate(LIMBS)})
    named = named.assign(_limb=limb_order, _muscle=named["muscle_id"].map(order))
    named = named.sort_values(["_limb", "_muscle"]).drop(columns=["_limb", "_muscle"])
    about = tables.muscles.set_index("muscle_id")
    muscle = named["muscle_id"].map(about["name"]).astype(str)
    told_apart = (named["limb"] == "standing") | (
        (named["limb"] == "trunk") & named["muscle_id"].duplicated(keep=False)
    )
    label = muscle.where(~told_apart, muscle + " (" + named["limb"] + ")")
    group = named["muscle_id"].map(about["group"]).astype(str)
    return named.assign(muscle=muscle, label=label, group=group).reset_index(drop=True)


def cells(tables: Tables) -> pd.DataFrame:
    """Return `roles`, a line a fact, with `name` (the exercise), `row` (position in `rows`), `word`, `mark`.

    `mark` is the word with a star where the fact rests on anatomy alone, because no text names the muscle.
    Made once for each `Tables`.
    """
    return _once(tables, _cells)


def _cells(tables: Tables) -> pd.DataFrame:
    roles = tables.roles.copy()
    for column in ("exercise_id", "muscle_id", "limb", "role"):
        roles[column] = roles[column].astype(str)
    numbered = rows(tables).reset_index(names="row")[["row", "muscle_id", "limb"]]
    roles = roles.merge(numbered, on=["muscle_id", "limb"], how="left")
    names = tables.exercises.set_index("exercise_id")["name"]
    roles["name"] = roles["exercise_id"].map(names).astype(str)
    roles["word"] = [word(role, value) for role, value in zip(roles["role"], roles["emphasis"], strict=True)]
    roles["mark"] = roles["word"].where(roles["basis"].astype(str) != "anatomy", roles["word"] + " *")
    return roles


def matrix(tables: Tables, family: str, limb: str = "all") -> pd.DataFrame:
    """Return muscles by kickback variations, emphasis 0 to 3, NaN where the sources are silent.

    `family` is "glute" or "triceps"; `limb` is working, standing, trunk or all.
    Rows carry the muscle's label, columns the exercise's name, both in display order.
    """
    _known("family", family, ("glute", "triceps"))
    kicks = tables.exercises.query("is_kickback and family == @family")
    facts = _on(cells(tables), limb)
    facts = facts[facts["exercise_id"].isin(kicks["exercise_id"])]
    table = facts.pivot(index="row", columns="exercise_id", values="emphasis")
    table = table.reindex(columns=list(kicks["exercise_id"]))
    table.index = pd.Index(rows(tables).loc[table.index, "label"], name="muscle")
    table.columns = pd.Index(list(kicks["name"]), name="exercise")
    return table


def compare(
    tables: Tables, first: str, second: str, limb: str = "all", order: str = "region"
) -> pd.DataFrame:
    """Put two exercises side by side, a line for each muscle that either text names.

    Returns columns `row, muscle_id, limb, label, group`, then `first` and `second` (emphasis 0 to 3, NaN
    where the sources are silent), each with its `_role`, `_word` and `_mark`, then `difference, change`.
    `difference` counts silence as 0, only to sort by it. `order` is "region" or "difference".
    """
    _known("order", order, ("region", "difference"))
    facts = _on(cells(tables), limb)
    pair = rows(tables).reset_index(names="row")
    for side, exercise in (("first", first), ("second", second)):
        own = facts[facts["exercise_id"] == exercise].set_index("row")
        pair[side] = pair["row"].map(own["emphasis"]).astype(float)
        pair[f"{side}_role"] = pair["row"].map(own["role"]).astype(object).fillna("")
        pair[f"{side}_word"] = pair["row"].map(own["word"]).astype(object).fillna(SILENT)
        pair[f"{side}_mark"] = pair["row"].map(own["mark"]).astype(object).fillna(SILENT)
    pair = pair[pair["first"].notna() | pair["second"].notna()].copy()
    pair["difference"] = pair["second"].fillna(0) - pair["first"].fillna(0)
    pair["change"] = [_change(line) for line in pair.itertuples()]
    if order == "difference":
        pair = pair.assign(size=-pair["difference"].abs()).sort_values(["size", "row"]).drop(columns="size")
    return pair.drop(columns="muscle").reset_index(drop=True)


def with_role(pair: pd.DataFrame, side: str) -> pd.Series:
    """Return one side of a `compare` table as text with the role: "main target (prime mover)"."""
    role = pair[f"{side}_role"].map(ROLE_WORDS)
    role = role.where(pair[f"{side}_mark"] == pair[f"{side}_word"], role + ", from anatomy")
    return pair[f"{side}_word"].where(role.isna(), pair[f"{side}_word"] + " (" + role.fillna("") + ")")


def difference_sentence(pair: pd.DataFrame, first_name: str, second_name: str) -> str:
    """Say in one or two sentences what changes from the first exercise to the second (a `compare` table)."""
    first_name, second_name = spoken(first_name), spoken(second_name)
    if first_name == second_name:
        return f"The {first_name} is on both sides, so nothing changes."
    if pair.empty:
        return f"In this view no text read here names a muscle for the {first_name} or the {second_name}."
    for name, side in ((first_name, "first"), (second_name, "second")):
        if pair[side].isna().all():
            other = second_name if side == "first" else first_name
            return (
                f"In this view no text read here names a muscle for the {name}; the {other} is shown alone."
            )
    said = []
    both = pair[pair["first"].notna() & pair["second"].notna()]
    for verb, lines in (
        (("rises", "rise"), both[both["difference"] > 0].sort_values("difference", ascending=False)),
        (("falls", "fall"), both[both["difference"] < 0].sort_values("difference")),
        (
            ("changes", "change"),
            both[(both["difference"] == 0) & (both["first_word"] != both["second_word"])],
        ),
    ):
        said += [_move(verb, words, names) for words, names in _by_words(lines)]
    if not said and len(both) <= _FEW and len(both) < len(pair):
        shared = _list(spoken(label) for label in both["label"]) if len(both) else "no muscle"
        start = f"The {first_name} and the {second_name} share {shared} in this view."
    else:
        start = f"From {first_name} to {second_name}: {'; '.join(said) or 'no muscle changes its emphasis'}."
    sentences = [start, *_only(pair, "first", first_name), *_only(pair, "second", second_name)]
    moved = (pair[["first_role", "second_role"]] == "prime_mover").to_numpy().any()
    if moved and not _shared_prime_movers(pair):
        sentences.append("They share no prime mover.")
    return " ".join(sentences)


def unread_sentence(names: Sequence[str], kickbacks: set[str]) -> str:
    """Say which of the exercises compared is no kickback, so that no roles were read for it."""
    unread = " and the ".join(dict.fromkeys(spoken(name) for name in names if name not in kickbacks))
    alone = [f" The {spoken(name)} is shown alone." for name in names if name in kickbacks]
    start = f"Roles were read for the kickbacks only: there are none for the {unread}."
    return f"{start}{''.join(alone)} The Measured lens shows what was measured."


def muscle_lines(tables: Tables, muscle: str) -> pd.DataFrame:
    """Return one muscle's part in each of the kickback variations, on each limb.

    Columns: `exercise_id, exercise, family`, then `working` and `holding`, each with its `_word` and `_mark`;
    *holding* is the standing limb or the trunk, the stronger of them. NaN: the sources are silent.
    """
    kicks = tables.exercises[tables.exercises["is_kickback"]]
    lines = kicks[["exercise_id", "name", "family"]].rename(columns={"name": "exercise"})
    lines = lines.astype(str).reset_index(drop=True)
    facts = cells(tables)
    facts = facts[facts["muscle_id"] == muscle]
    for side, found in _sides(facts):
        own = found.set_index("exercise_id")
        lines[side] = lines["exercise_id"].map(own["emphasis"]).astype(float)
        lines[f"{side}_word"] = lines["exercise_id"].map(own["word"]).astype(object).fillna(SILENT)
        lines[f"{side}_mark"] = lines["exercise_id"].map(own["mark"]).astype(object).fillna(SILENT)
    return lines


def muscle_cells(tables: Tables, side: str) -> pd.DataFrame:
    """Return `(emphasis, mark)` for every muscle by exercise, on the side `working` or `holding`.

    It holds what `muscle_lines` says of all muscles; a pair without a fact is NaN.
    """
    found = dict(_sides(cells(tables)))[side]
    pairs = found.assign(cell=list(zip(found["emphasis"], found["mark"], strict=True)))
    return pairs.pivot(index="exercise_id", columns="muscle_id", values="cell")


def _sides(facts: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the strongest fact of each muscle in each exercise, on the working limb and on what holds."""
    found = []
    for side, limbs in (("working", ["working"]), ("holding", ["standing", "trunk"])):
        own = facts[facts["limb"].isin(limbs)].sort_values("emphasis", ascending=False, kind="stable")
        found.append((side, own.drop_duplicates(["muscle_id", "exercise_id"])))
    return found


def muscle_sentence(lines: pd.DataFrame, name: str, named_parts: Sequence[str] = ()) -> str:
    """Say in which variations one muscle is the target, works, holds or is not named (`muscle_lines`).

    `named_parts` are the parts of a group that texts name, for a group that has no line of its own.
    """
    said = []
    for side, where in (("working", "On the working limb"), ("holding", "On the standing limb or trunk")):
        named = lines[lines[side].notna()].sort_values(side, ascending=False, kind="stable")
        parts = [
            f"{_DOING[words]} in {_some(group['exercise'])}"
            for words, group in named.groupby(f"{side}_word", sort=False)
        ]
        if parts:
            said.append(f"{where}: {'; '.join(parts)}.")
    if not said and named_parts:
        return (
            f"Texts are read muscle by muscle here. For {spoken(name)} see {_list(map(spoken, named_parts))}."
        )
    if not said:
        return f"No text read here gives {spoken(name)} a part in any kickback."
    silent = int((lines["working"].isna() & lines["holding"].isna()).sum())
    end = [f"Not named in {silent} of {len(lines)} variations."] if silent else []
    return " ".join([f"{name}.", *said, *end])


def overview_sentence(table: pd.DataFrame, family: str, limb: str) -> str:
    """Say which muscles are a main target in which variation (a `matrix` table)."""
    targets = [
        f"{spoken(muscle)} in {_some(table.columns[line == 3])}"
        for muscle, line in table.iterrows()
        if (line == 3).any()
    ]
    kind = f"the {len(table.columns)} {family} kickbacks"
    if not targets:
        return f"No text names a main target here ({LIMB_WORDS[limb]}) in {kind}."
    return f"Main targets in {kind}: {'; '.join(targets)}."


def entries(tables: Tables, exercise: str) -> pd.DataFrame:
    """Return the database entries matched to an exercise, in the databases' own words.

    Columns: `line, database, entry, primary, secondary, stabilizers, source_id`.
    """
    found = _once(tables, _entries)
    own = found[found["exercise_id"] == exercise]
    return own.drop(columns="exercise_id").reset_index(drop=True)


def _entries(tables: Tables) -> pd.DataFrame:
    own = tables.databases
    names = tables.sources.set_index("source_id")["citation"]
    database = (
        own["source_id"].map(names).astype(str).str.partition(",")[0] + " " + own["edition"].astype(str)
    )
    both = own["stabilizers"].astype(str) + ";" + own["dynamic_stabilizers"].astype(str)
    own = own.assign(line=own["lineage"].astype(str), database=database.str.strip(), stabilizers=both)
    columns = ["exercise_id", "line", "database", "entry", "primary", "secondary", "stabilizers", "source_id"]
    own = own[columns].sort_values("line", kind="stable").astype(str)
    for column in ("primary", "secondary", "stabilizers"):
        own[column] = own[column].str.strip(";").str.replace(";", "; ")
    return own


def agreement(tables: Tables, exercise: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each independent line of databases says: steps and words, muscles by lines A to E.

    Steps: 3 primary, 2 secondary, 1 stabilizer, NaN not named. Where the entries of a line differ, the word
    counts them ("primary 2 of 3"). A line's heading tells its number of entries; where it has none, the
    word is empty.
    """
    own = entries(tables, exercise)
    counts = own["line"].value_counts()
    named = [
        (name, line.line, step) for line in own.itertuples() for name, step in _named_in_entry(line).items()
    ]
    alike = Counter(named)
    given: dict[str, list[int]] = {}
    for muscle, _, step in sorted(named):
        given.setdefault(muscle, []).append(step)
    order = sorted(given, key=lambda muscle: (max(given[muscle]), len(given[muscle])), reverse=True)
    steps, words = {}, {}
    for line in "ABCDE":
        entered = counts.get(line, 0)
        head = f"{line}: {_entry_count(entered)}"
        lists = [{step: alike[muscle, line, step] for step in _STEP_WORDS} for muscle in order]
        steps[head] = [max((step for step, count in one.items() if count), default=np.nan) for one in lists]
        words[head] = [_agreement_word(one, entered) for one in lists]
    index = pd.Index(order, name="muscle")
    return pd.DataFrame(steps, index, dtype=float), pd.DataFrame(words, index, dtype=object)


def agreement_sentence(words: pd.DataFrame, name: str) -> str:
    """Say on which muscles the database lines agree and on which not (words from `agreement`)."""
    held = [head for head in words.columns if not head.endswith(_entry_count(0))]
    letters = [head[0] for head in held]
    lines = f"{len(held)} of {words.shape[1]} independent lines of databases"
    start = f"The {spoken(name)}: {lines} {'has' if len(held) == 1 else 'have'} an entry ({_list(letters)})."
    if len(held) < 2:
        said = [f"{spoken(muscle)} ({word})" for muscle, word in words[held].squeeze(axis=1).items()]
        return f"{start} It names {_list(said)}."
    same = words[held].apply(lambda row: row.nunique() == 1, axis=1)
    agreed = [f"{spoken(muscle)} ({words.at[muscle, held[0]]})" for muscle in words.index[same]]
    split: dict[str, list] = {}
    for muscle, line in words.loc[~same, held].iterrows():
        voices = [f"{word} in {_list(head[0] for head in heads)}" for word, heads in _voices(line)]
        split.setdefault("; ".join(voices), []).append(spoken(muscle))
    differ = [f"{_list(muscles)} ({voices})" for voices, muscles in split.items()]
    agree = f" They agree on {_list(agreed)}." if agreed else " They agree on no muscle."
    return start + agree + (f" They differ on {'; '.join(differ)}." if differ else "")


def shared_prime_movers(tables: Tables, first: str, second: str) -> list[str]:
    """Return the muscle ids that are prime movers in both exercises."""
    return _shared_prime_movers(compare(tables, first, second))


# Databases speak in their own words; those that mean the same muscle share a line of the picture.
_DATABASE_WORDS = {
    "glutes": "Glutes or gluteus maximus",
    "gluteus maximus": "Glutes or gluteus maximus",
    "hamstring complex": "Hamstrings",
    "quads": "Quadriceps",
    "triceps": "Triceps brachii",
    "deltoid, posterior": "Deltoid, posterior part",
    "trapezius, middle": "Trapezius, middle part",
    "trapezius, lower": "Trapezius, lower part",
}
_STEP_WORDS = {3: "primary", 2: "secondary", 1: "stabilizer"}


def _named_in_entry(line) -> dict[str, int]:
    """Return the muscles an entry names with the strongest part it gives each."""
    named = {}
    for cell, step in ((line.stabilizers, 1), (line.secondary, 2), (line.primary, 3)):
        for text in cell.split(";"):
            text = text.strip().replace("_", " ")
            if text:
                named[_DATABASE_WORDS.get(text.lower(), text.capitalize())] = step
    return named


def _voices(line: pd.Series):
    """Yield each word that database lines say of one muscle, with the lines that say it."""
    for word, group in line.groupby(line, sort=False):
        yield word, list(group.index)


def _entry_count(count: int) -> str:
    return {0: "no entry", 1: "1 entry"}.get(count, f"{count} entries")


def _agreement_word(lists: dict[int, int], entries: int) -> str:
    """Say how many of a line's entries give a muscle each step."""
    if not entries:
        return ""
    said = {_STEP_WORDS[step]: count for step, count in lists.items() if count}
    if list(said.values()) == [entries]:
        return next(iter(said))
    return ", ".join(f"{word} {count} of {entries}" for word, count in said.items()) or SILENT


def _shared_prime_movers(pair: pd.DataFrame) -> list[str]:
    both = (pair["first_role"] == "prime_mover") & (pair["second_role"] == "prime_mover")
    return list(pair.loc[both, "muscle_id"])


def _on(facts: pd.DataFrame, limb: str) -> pd.DataFrame:
    _known("limb", limb, (*LIMBS, "all"))
    return facts if limb == "all" else facts[facts["limb"] == limb]


def _known(what: str, given: str, allowed: tuple) -> None:
    if given not in allowed:
        raise ValueError(f"{what} is {given!r}; it may be {_list([repr(a) for a in allowed], 'or')}.")


def _change(line) -> str:
    if line.first_word == line.second_word:
        return SAME
    if pd.isna(line.first):
        return "only second"
    if pd.isna(line.second):
        return "only first"
    if line.difference == 0:
        return "changes"
    return f"{'rises' if line.difference > 0 else 'falls'} {line.first:.0f} to {line.second:.0f}"


def _by_words(lines: pd.DataFrame):
    for words, group in lines.groupby(["first_word", "second_word"], sort=False):
        yield words, [spoken(label) for label in group["label"]]


def _move(verb: tuple, words: tuple, names: list) -> str:
    before, after = (_DOING[spoken] for spoken in words)
    return f"{_list(names)} {verb[len(names) > 1]} from {before} to {after}"


def _only(pair: pd.DataFrame, side: str, name: str) -> list[str]:
    other = "second" if side == "first" else "first"
    alone = pair[pair[side].notna() & pair[other].isna()]
    if alone.empty:
        return []
    if len(alone) <= _FEW:
        named = alone.groupby(f"{side}_word", sort=False)["label"]
        parts = [f"{_list(map(spoken, labels))} as {_DOING[word]}" for word, labels in named]
        return [f"Named only for the {name}: {'; '.join(parts)}."]
    count = alone["muscle_id"].nunique()
    movers = alone.loc[alone[f"{side}_role"] == "prime_mover", "label"]
    if movers.empty:
        return [f"Named only for the {name}: {count} muscles."]
    drivers = f"{_list(spoken(label) for label in movers)} as prime mover{'s' * (len(movers) > 1)}"
    return [f"Named only for the {name}: {count} muscles, with {drivers}."]


def _some(names) -> str:
    """Name up to three exercises; count more."""
    names = [spoken(name) for name in names]
    return _list(names) if len(names) <= 3 else f"{len(names)} variations"


def _list(names, word: str = "and") -> str:
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
