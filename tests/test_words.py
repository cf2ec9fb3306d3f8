"""The program speaks plain American English: words that readers stumbled over stay out of all that they read."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("*.py", "Makefile", "README.md", "data/README.md", "docs/**/*.md", "mlp/**/*.py", "pages/*.py", "ui/**/*")
LINE_BREAK = re.compile(r"\s*\n[\s#*/>]*")  # with what opens the next line of a comment or a quotation

DIALECT = re.compile(
    r"""\b(
        whoever | anew | afresh | for\ want\ of | taken\ for | by\ heart | is\ at\ it | should\ that | so\ many
      | can't\ be\ had | at\ hand | of\ its\ own | of\ one's\ own | told\ from | thrown\ up | stands?\ (here|there)
      | tells\ (of|what|how|whether|that|which) | train(ing)?\ right | validation\ right | surest | barely\ right
      | train\ on\ them | bring\ back | percent\ for | seed\ of\ the | works?\ it\ out | its\ kin
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
BRITISH = re.compile(
    r"""(
        colour | \bgrey | centre | behaviour | neighbour | favour | rumour | licence | labelled | modelled
      | (regular|penal|normal|initial|optim|memor|discret|recogn|organ|minim|maxim|general|summar|visual)is(e|ing|ation)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.mark.parametrize("words", [DIALECT, BRITISH], ids=["dialect", "British spelling"])
def test_what_people_read_is_plain_american_english(words: re.Pattern[str]) -> None:
    files = sorted(path for place in PLACES for path in ROOT.glob(place) if path.is_file() and path.suffix != ".pyc")
    found = []
    for file in files:
        text = LINE_BREAK.sub(" ", file.read_text(encoding="utf-8"))
        found += [
            f"{file.relative_to(ROOT)}: … {text[max(0, match.start() - 50) : match.end() + 50]} …"
            for match in words.finditer(text)
        ]
    assert len(files) > 100
    assert not found, "Find plainer words:\n" + "\n".join(found)
