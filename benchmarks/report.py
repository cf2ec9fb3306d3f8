"""The report, `results.md`, is made of sections: those that are measured again are replaced, the others stay."""

import re
from collections.abc import Iterable


def updated(report: str, sections: dict[str, str], order: Iterable[str]) -> str:
    """Return a report with sections replaced or added.

    Parameters
    ----------
    report
        What is there: Markdown with a heading of level 2 for each section.
    sections
        New text by title.
    order
        All titles, in the order of the report. Sections with other titles are left out.

    Examples
    --------
    >>> print(updated("# Results\\n\\n## A\\n\\n1\\n\\n## Old\\n\\n2\\n", {"B": "3"}, ["A", "B"]))
    # Results
    <BLANKLINE>
    ## A
    <BLANKLINE>
    1
    <BLANKLINE>
    ## B
    <BLANKLINE>
    3
    <BLANKLINE>
    """
    heading, *found = re.split(r"^## (.*)\n", report, flags=re.MULTILINE)
    texts = dict(zip(found[::2], found[1::2], strict=True)) | sections
    parts = [f"## {title}\n\n{texts[title].strip()}\n" for title in order if title in texts]
    return "\n".join([heading.strip() + "\n", *parts])
