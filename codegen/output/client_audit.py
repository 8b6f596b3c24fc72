"""Is everything of the description in the client, and does every generated module import?

Knows: which schemas become classes, how the generator names them. Must not know: how the client was made.

The generator's exit code does not tell: a schema may vanish with a warning, a module be replaced by one of
the same name, or hide what it imports (cases C17, C26, C29).
"""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from codegen.inputs.problems import Problems
from codegen.output import client_document, interpreter
from codegen.output.client import PACKAGE

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SCALARS = ("string", "number", "integer", "boolean", "null", "array")
_IMPORTER = """
import importlib, json, pathlib, sys, warnings
folder, found, names = pathlib.Path(sys.argv[1]), {}, {}
sys.path.insert(0, str(folder))
warnings.simplefilter("error")
for path in sorted(folder.rglob("*.py")):
    parts = path.relative_to(folder).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    try:
        loaded = importlib.import_module(module)
    except BaseException as error:
        found[module] = f"{type(error).__name__}: {error}"
        continue
    for name, value in vars(loaded).items():
        if hasattr(value, "_shape") and value.__module__ == module:
            names[name] = sorted(value._shape.names)
print(json.dumps({"broken": found, "names": names}))
"""


def check(document: dict[str, Any], folder: Path, source: str, problems: Problems) -> dict[str, int]:
    """Note what is missing from the tree in `folder`; return how many schemas and operations there are."""
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    classes = {
        name: _class_name(name, schema) for name, schema in schemas.items() if _is_class(schema, schemas)
    }
    files = sorted((folder / PACKAGE).rglob("*.py"))
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    defined = {
        name for path, tree in modules.items() if path.parent.name == "models" for name in _classes(tree)
    }
    for schema, name in sorted(classes.items()):
        if name not in defined:
            what = f"the schema {schema} has no model {name} in the client"
            fix = "rename it: another schema takes its class or module name"
            problems.at(client_document.place(schemas[schema], source), what, fix)
    operations = _operations(document)
    made = {_operation_of(tree) for path, tree in modules.items() if path.parent.parent.name == "api"}
    for method, route in sorted(set(operations) - made):
        what = f"{method} {route} has no module in the client"
        at = client_document.place(operations[method, route], source)
        problems.at(at, what, "give it an operationId of its own")
    for path, tree in modules.items():
        for name in _hidden(tree):
            what = f"the schema {name} hides an import of that name in {path.relative_to(folder).as_posix()}"
            problems.at(client_document.place(schemas.get(name), source), what, f"rename the schema {name}")
    _check_imports(schemas, classes, folder, source, problems)
    return {
        "operations": len(operations),
        "schemas": len(schemas),
        "schemas_as_classes": len(classes),
        "schemas_decoded_in_place": len(schemas) - len(classes),
        "classes": len(defined),
    }


def _is_class(schema: Any, schemas: dict[str, Any]) -> bool:
    """Whether a schema has a class of its own: an object or an enumeration.

    Every other one - a list, a union, a scalar, null, anything, a second name for one schema - is decoded in
    place wherever it is used, and the classes inside it are named after it.
    """
    seen: set[str] = set()
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        schema = schemas.get(schema["$ref"].rpartition("/")[2])
    if not isinstance(schema, dict) or schema.get("nullable") is True:
        return False
    parts = [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    if len(parts) == 1 and "$ref" in parts[0]:
        return False
    if schema.get("enum"):
        return schema.get("type") != "boolean" and None not in schema["enum"]
    if schema.get("anyOf") or schema.get("oneOf") or "const" in schema:
        return False
    if isinstance(schema.get("type"), list) or schema.get("type") in _SCALARS:
        return False
    return schema.get("type") == "object" or bool(schema.get("allOf") or schema.get("properties"))


def _class_name(name: str, schema: Any) -> str:
    # The generator's own function: a second one would sooner or later disagree. Here, as its import is slow.
    from openapi_python_client.strings import ClassName

    title = schema.get("title") if isinstance(schema, dict) else None
    return str(ClassName(title or name, "field_"))


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), _unnamed(path)): item[method]
        for path, item in document.get("paths", {}).items()
        for method in _METHODS
        if method in item
    }


def _operation_of(tree: ast.Module) -> tuple[str, str]:
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    method, _, path = first.partition(" ")
    return method, _unnamed(path)


def _unnamed(path: str) -> str:
    """A path without the names of its parameters, which the generator respells."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _classes(tree: ast.Module) -> list[str]:
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def _hidden(tree: ast.Module) -> list[str]:
    """Name what a module gets from two places, so that the second hides the first."""
    origins: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origins[alias.asname or alias.name].add(f"{node.level} {node.module} {alias.name}")
    for name in _classes(tree):
        origins[name].add("class")
    return sorted(name for name, places in origins.items() if len(places) > 1)


def _check_imports(
    schemas: dict[str, Any], classes: dict[str, str], folder: Path, source: str, problems: Problems
) -> None:
    run = interpreter.run("-c", _IMPORTER, str(folder), folder=folder)
    if run.returncode:
        problems.add(
            source, 0, f"the generated modules cannot be imported:\n{run.stderr}", "correct the templates"
        )
        return
    report: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    for module, error in sorted(report["broken"].items()):
        what = f"the generated module {module} cannot be imported: {error}"
        problems.add(source, 0, what, "rename what it is generated from, or correct its template")
    names: dict[str, list[str]] = report["names"]
    for schema, class_name in sorted(classes.items()):
        for field in sorted(schemas[schema].get("properties", {})):
            if class_name in names and field not in names[class_name]:
                at = client_document.place(schemas[schema], source)
                problems.at(at, f"{schema}.{field} is not in the client", "rename the field")
