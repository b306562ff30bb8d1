"""Rooms of a size one can oversee, with names that say what happens in them."""

from tests.house import tree

CEILING = 350  # lines
# Tables and fixtures, which are read by looking up, not from top to bottom. None yet.
TABLES: set[str] = set()
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "core", "base", "manager", "service", "handler"}
# Plurals, singulars and private spellings say as little.
SAME_IN_OTHER_WORDS = {"util", "helper", "managers", "services", "handlers", "misc"}


def sources() -> list[str]:
    return [
        tree.name(path)
        for path in [*tree.files(*tree.OURS, suffix=".py"), *tree.ROOT.glob("*.py")]
        if "migrations" not in path.parts
    ]


def test_no_file_passes_the_ceiling() -> None:
    long = {
        name: lines
        for name in sources()
        if name not in TABLES and (lines := len((tree.ROOT / name).read_text(encoding="utf-8").splitlines())) > CEILING
    }
    assert long == {}


def test_exceptions_are_still_needed() -> None:
    assert {name for name in TABLES if name in sources()} == TABLES


def test_names_say_what_happens_inside() -> None:
    vague = NAMES_THAT_SAY_NOTHING | SAME_IN_OTHER_WORDS
    words = {name: {part.removesuffix(".py").strip("_") for part in name.split("/")} for name in sources()}
    assert {name: parts & vague for name, parts in words.items() if parts & vague} == {}
