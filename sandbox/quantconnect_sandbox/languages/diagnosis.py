"""An error message explained: what it means, where it happened, what to try.

Knows: common errors of both languages and of the engine. Must not know: projects, requests.
"""

import re

ADVICE = {
    "NameError|is not defined|CS0103": (
        "A name has no value here. Check its spelling, and that it is assigned before this line; members of "
        "the algorithm need self. in Python."
    ),
    "AttributeError|has no attribute|CS1061": (
        "The object has no member of that name. Check the spelling: Python uses snake_case (self.set_cash), "
        "C# PascalCase (SetCash)."
    ),
    "No module named|CS0246": (
        "A module or type cannot be found. Check the import, and that the file is part of the project."
    ),
    "ZeroDivision|DivideByZero|divide by zero": (
        "A divisor is zero. Check for it first; prices and indicators are zero until data has arrived."
    ),
    "KeyError|KeyNotFound|was not found in the": (
        "A key is missing. Check with `in` (or ContainsKey) first: a Slice holds only symbols that have "
        "data at that moment."
    ),
    "IndexError|OutOfRange|out of range": (
        "A list is shorter than the index. Check its length; history can be shorter than what was asked for."
    ),
    "TypeError|cannot convert|CS1503|InvalidCast|ValueError|FormatException": (
        "A value has another type or form than needed. Convert it, e.g. with int() or float(); parameters "
        "are text until they are converted."
    ),
    "NoneType|NullReference|null reference": (
        "A value is missing (None or null). Check that it was assigned and that data has arrived before it "
        "is used."
    ),
    "SyntaxError|IndentationError|TabError|CS1002|CS1513|CS1026|; expected": (
        "The source cannot be read. Look at the line named and the one before: a bracket, colon, quote, "
        "semicolon or level of indentation is missing."
    ),
    "IsReady|is_ready|warm": (
        "An indicator is used before it is ready. Check is_ready, or warm it up with set_warm_up."
    ),
    "[Bb]uying power|[Mm]argin": (
        "The order needs more money than there is. Order less, or use set_holdings, which keeps to a share "
        "of the portfolio."
    ),
    "Timeout|took too long|isolator": (
        "One call took too long. Do less at each data event, or train on a schedule."
    ),
}
"""Pattern of a message or stack trace -> what to do; the first that is found."""
UNKNOWN = "None of the errors known here. Read the stack trace from its end, and log the values there."
PLACE = re.compile(
    r'(?:File "(?P<py>[^"]+)", line (?P<pyline>\d+))'
    r"|(?:in (?P<cs>\S+\.(?:cs|py)):?\s?(?:line )?(?P<csline>\d+))"
)


def explained(message: str, stacktrace: str) -> str:
    """Some sentences about an error: what, where, what to do."""
    text = f"{message}\n{stacktrace}"
    advice = next((each for pattern, each in ADVICE.items() if re.search(pattern, text)), UNKNOWN)
    places = [(m["py"] or m["cs"], m["pyline"] or m["csline"]) for m in PLACE.finditer(text)]
    where = f" It happened in {places[-1][0]}, line {places[-1][1]}." if places else ""
    what = message.strip().splitlines()[-1] if message.strip() else "There is no message."
    return f"{what}{where}\n{advice}"
