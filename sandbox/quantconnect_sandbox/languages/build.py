"""A build: every file of a project checked, and the log that tells of it.

Knows: which files count and when a build fails. Must not know: requests, time.
"""

from collections.abc import Mapping

from attrs import frozen

from quantconnect_sandbox.languages import csharp_source, python_source
from quantconnect_sandbox.languages.findings import Finding

CHECKED = {
    "Py": "Sandbox: only the syntax was checked, by Python's own compiler. Nothing was run: misspelt names "
    "and methods go unnoticed, and results here are invented.",
    "C#": "Sandbox: only brackets, semicolons and texts were checked. Nothing was compiled or run: misspelt "
    "names and methods go unnoticed, and results here are invented.",
}
"""What a build, and whoever checks sources, says of itself."""


@frozen
class Build:
    """How a build ended: findings, errors first, and whether it can run."""

    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """No error among the findings."""
        return not any(each.error for each in self.findings)


def built(language: str, files: Mapping[str, str]) -> Build:
    """Checks all source files of a language, `Py` or `C#`."""
    python = language == "Py"
    check_one = python_source.check_one if python else csharp_source.check_one
    suffix, main = (".py", "main.py") if python else (".cs", "Main.cs")
    sources = [name for name in files if name.endswith(suffix)]
    findings = [finding for name in sources for finding in check_one(name, files[name])]
    if not sources:
        findings.append(Finding(main, 1, 1, f"There is no {suffix} file to build; add {main}."))
    return Build(tuple(sorted(findings, key=lambda each: (not each.error, each.file, each.line))))
