"""The mark that a machine leaves where a person has to write, and its refusal.

Knows: the mark. Must not know: who left it, what the text is about.

`drift --accept` writes facts into the description, and no sentence: those of the published document are not
ours to copy, and a tool whose text nobody wrote is worse than none.
"""

from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block, walk

MISSING = "TEXT MISSING"


def check(root: Block, problems: Problems) -> None:
    """Note every text that a person still has to write."""
    for value, place in walk(root, root.place):
        if isinstance(value, str) and MISSING in value:
            problems.at(place, "the text is missing", "write what it is, short and in your own words")
