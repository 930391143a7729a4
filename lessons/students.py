"""Tell the students of a class apart by the names and stores in their files, and say what stays in doubt."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from lessons.handed_in import File, folded


@dataclass
class Student:
    """The files of one student."""

    name: str
    files: list[File]

    @property
    def sources(self) -> str:
        """The names of the files, as a list in words."""
        return _listed(sorted({file.source for file in self.files}))

    def cells(self, column: str) -> set[str]:
        """Return what stands in a column of any of the files."""
        return {row[column] for file in self.files for row in file.rows if row[column]}

    def rows(self, shared: Collection[str] = ()) -> list[dict]:
        """Return the answers once each, without those of `shared`; see `report.read` for the order."""
        found: dict[str, dict] = {}
        for file in sorted(self.files, key=lambda file: -len(file.rows)):
            for row in file.rows:
                found.setdefault(row["entry"], row | {"student": self.name})
        return [row for entry, row in found.items() if entry not in shared]


def tell_apart(found: list[File]) -> list[Student]:
    """Return the students behind the files: same name, and a store or an answer in common."""
    students: list[Student] = []
    for file in found:
        joined = Student(file.student, [file])
        for other in list(students):
            if folded(other.name) == folded(file.student) and _have_common(other, joined):
                students.remove(other)
                joined = Student(other.name, [*other.files, *joined.files])
        students.append(joined)
    return sorted(students, key=lambda student: (folded(student.name), student.sources))


def _have_common(one: Student, other: Student) -> bool:
    return any(one.cells(column) & other.cells(column) for column in ("store", "entry"))


def numbered(students: list[Student]) -> list[str]:
    """Number students of the same name; return a sentence for each such name."""
    by_name = defaultdict(list)
    for student in students:
        by_name[folded(student.name)].append(student)
    notes = []
    for same in (same for same in by_name.values() if len(same) > 1):
        name = same[0].name
        for number, student in enumerate(same, 1):
            student.name = f"{name} ({number})"
        listed = "; ".join(f"{student.name}: {student.sources}" for student in same)
        notes.append(
            f"{len(same)} students are called {name}; their files have no answer in common, so they are kept "
            f"apart. {listed}. If they are one student with two computers, that student brings the answers "
            "together with ask.restore and hands in one file."
        )
    return notes


def shared_entries(students: list[Student]) -> dict[str, list[int]]:
    """Return the answers that more than one student handed in, each with the places of these students."""
    givers = defaultdict(list)
    for place, student in enumerate(students):
        for entry in student.cells("entry"):
            givers[entry].append(place)
    return {entry: places for entry, places in givers.items() if len(places) > 1}


def disputed(students: list[Student]) -> list[str]:
    """Return a sentence for each group of students that handed in the same answers or come from one store."""
    counts: dict[tuple[int, ...], int] = defaultdict(int)
    for places in shared_entries(students).values():
        counts[tuple(places)] += 1
    stores = defaultdict(list)
    for place, student in enumerate(students):
        for store in student.cells("store"):
            stores[store].append(place)
    for places in stores.values():
        if len(places) > 1 and not any(set(places) <= set(known) for known in counts):
            counts[tuple(places)] = 0
    return [_dispute([students[place] for place in places], count) for places, count in counts.items()]


def _dispute(students: list[Student], count: int) -> str:
    named = _listed([f"{student.name} ({student.sources})" for student in students])
    if not count:
        return f"The answers of {named} come from one computer's file of answers, but none is in both."
    same = f"the same {count} answers; they count" if count > 1 else "the same answer; it counts"
    nobody, every = ("neither", "both") if len(students) == 2 else ("none of them", "all")
    return (
        f"{named} handed in {same} for {nobody}. Keep the file of the one who gave them, or, if they are one "
        f"student, give {every} the same name in the column student."
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
