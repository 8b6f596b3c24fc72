"""What is wrong in source files, and where.

Knows: how a finding reads in a build log. Must not know: how it was found.
"""

from attrs import frozen


@frozen
class Finding:
    """One error or warning; line and column count from 1."""

    file: str
    line: int
    column: int
    text: str
    error: bool = True
    code: str = ""

    def logged(self) -> str:
        """As one line of a build log."""
        kind = "Build Error" if self.error else "Build Warning"
        code = f"{self.code}: " if self.code else ""
        return f"{kind}: File: {self.file} Line:{self.line} Column:{self.column} - {code}{self.text}"
