"""Calls of the tools of the account, of projects, their people, files, builds and the assistant."""

from __future__ import annotations

from acceptance_account import BROKEN, CODE
from acceptance_frame import (
    NO_ORGANIZATION,
    NO_PROJECT,
    NOTHING_TAKEN,
    PATCH,
    RIGHTS,
    SOURCES,
    STRANGE,
    Calls,
    no_arguments,
    nowhere,
    surplus,
)

PROJECT_CALLS: dict[str, Calls] = {
    # account, server
    "list_organizations": Calls(no_arguments, "organizations", surplus, NOTHING_TAKEN),
    "read_account": Calls(no_arguments, "creditBalance", surplus, NOTHING_TAKEN),
    "health_check": Calls(no_arguments, "caller", surplus, NOTHING_TAKEN),
    "read_mcp_server_version": Calls(no_arguments, "version", surplus, NOTHING_TAKEN),
    "read_latest_mcp_server_version": Calls(no_arguments, "running", surplus, NOTHING_TAKEN),
    "read_lean_versions": Calls(no_arguments, "versions", surplus, NOTHING_TAKEN),
    # projects
    "create_project": Calls(
        lambda account: {"name": "New", "language": "C#"},
        "projects",
        lambda account: {"name": "New", "language": "C#", **STRANGE},
        (NO_ORGANIZATION,),
    ),
    "read_project": Calls(lambda account: {"projectId": account.project}, "projects", nowhere, (NO_PROJECT,)),
    "list_projects": Calls(
        lambda account: {"end": 2},
        "projects",
        lambda account: {"start": 1, "end": 0},
        ("start must be at least 0 and less than end",),
    ),
    "update_project": Calls(
        lambda account: {"projectId": account.new_project(), "name": "Renamed", "description": "new"},
        "success",
        lambda account: {"projectId": account.new_project(), "name": "Trading"},
        ("A project named 'Trading' exists already",),
    ),
    "delete_project": Calls(
        lambda account: {"projectId": account.new_project()}, "success", nowhere, (NO_PROJECT,)
    ),
    "add_project_library": Calls(
        lambda account: {"projectId": account.new_project(), "libraryId": account.library},
        "success",
        lambda account: {"projectId": account.project, "libraryId": -1},
        (NO_PROJECT, "That is libraryId"),
    ),
    "remove_project_library": Calls(
        lambda account: account.linked(),
        "success",
        lambda account: {"projectId": account.project, "libraryId": account.library},
        ("is not a library of this project",),
    ),
    "read_project_nodes": Calls(
        lambda account: {"projectId": account.project}, "autoSelectNode", nowhere, (NO_PROJECT,)
    ),
    "update_project_nodes": Calls(
        lambda account: {"projectId": account.new_project(), "nodes": []},
        "autoSelectNode",
        lambda account: {"projectId": account.project, "nodes": [7]},
        ("nodes[0]: must be string, not integer",),
    ),
    # collaboration
    "create_project_collaborator": Calls(
        lambda account: {
            "projectId": account.new_project(),
            "collaboratorUserId": account.guest,
            **RIGHTS,
        },
        "collaborators",
        lambda account: {"projectId": account.project, "collaboratorUserId": "", **RIGHTS},
        ("collaboratorUserId is empty",),
    ),
    "read_project_collaborators": Calls(
        lambda account: account.shared(), "userPermissions", nowhere, (NO_PROJECT,)
    ),
    "update_project_collaborator": Calls(
        lambda account: {
            **account.shared(),
            "collaboratorUserId": account.guest,
            "liveControl": False,
            "write": False,
        },
        "collaborators",
        lambda account: {
            "projectId": account.project,
            "collaboratorUserId": account.guest,
            "liveControl": False,
            "write": False,
        },
        ("is not a collaborator of this project",),
    ),
    "delete_project_collaborator": Calls(
        lambda account: {**account.shared(), "collaboratorId": account.guest},
        "collaborators",
        lambda account: {"projectId": account.project, "collaboratorId": account.guest},
        ("is not a collaborator of this project",),
    ),
    "lock_project_with_collaborators": Calls(
        lambda account: account.shared(), "success", nowhere, (NO_PROJECT,)
    ),
    # files, compile
    "create_file": Calls(
        lambda account: {"projectId": account.new_project(), "name": "signals/a.py", "content": "x = 1\n"},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "content": "x = 1\n"},
        ("File already exists: main.py",),
    ),
    "read_file": Calls(
        lambda account: {"projectId": account.project, "name": "main.py"},
        "files",
        lambda account: {"projectId": account.project, "name": "none.py"},
        ("File not found: none.py",),
    ),
    "update_file_name": Calls(
        lambda account: {"projectId": account.new_project(), "name": "main.py", "newName": "old/main.py"},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "newName": "research.ipynb"},
        ("File already exists: research.ipynb",),
    ),
    "update_file_contents": Calls(
        lambda account: {"projectId": account.new_project(), "name": "main.py", "content": CODE},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "content": ""},
        ("The content of main.py is not valid: it is empty",),
    ),
    "patch_file": Calls(
        lambda account: {"projectId": account.new_project(), "patch": PATCH},
        "success",
        lambda account: {"projectId": account.project, "patch": PATCH.replace("Imports", "Exports")},
        ("The patch cannot be applied", "main.py"),
    ),
    "delete_file": Calls(
        lambda account: {"projectId": account.new_project(), "name": "research.ipynb"},
        "success",
        lambda account: {"projectId": account.project, "name": "none.py"},
        ("File not found: none.py",),
    ),
    "create_compile": Calls(
        lambda account: {"projectId": account.project}, "compileId", nowhere, (NO_PROJECT,)
    ),
    "read_compile": Calls(
        lambda account: {"projectId": account.project, "compileId": account.build},
        "logs",
        lambda account: {"projectId": account.project, "compileId": "none"},
        ("Compile id not found",),
    ),
    # ai
    "check_initialization_errors": Calls(
        lambda account: {"language": "Py", "files": SOURCES},
        "state",
        lambda account: {"language": "Py", "files": []},
        ("files is empty",),
    ),
    "check_syntax": Calls(
        lambda account: {"language": "Py", "files": [{"name": "main.py", "content": BROKEN}]},
        "payload",
        lambda account: {"language": "python", "files": [{"name": "main.py", "contents": "x"}]},
        ("language: must be one of: C#, Py", "files[0].contents: unknown argument; did you mean"),
    ),
    "complete_code": Calls(
        lambda account: {"language": "Py", "sentence": "self.add_eq"},
        "payload",
        lambda account: {"language": "Py", "sentence": "self.add_eq", "responseSizeLimit": 0},
        ("responseSizeLimit must be at least 1",),
    ),
    "enhance_error_message": Calls(
        lambda account: {"language": "Py", "error": {"message": "name 'x' is not defined"}},
        "payload",
        lambda account: {"language": "Py", "error": {"stacktrace": "at line 3"}},
        ("error.message: required, and missing",),
    ),
    "search_quantconnect": Calls(
        lambda account: {
            "language": "Py",
            "criteria": [{"input": "schedule", "type": "Docs", "count": 3}],
        },
        "retrivals",
        lambda account: {"language": "Py", "criteria": [{"input": "schedule", "type": "Docs", "count": 0}]},
        ("count must be from 1",),
    ),
    "update_code_to_pep8": Calls(
        lambda account: {"files": SOURCES}, "payload", lambda account: {"files": []}, ("files is empty",)
    ),
}
