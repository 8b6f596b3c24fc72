"""Bodies of what belongs to a project: collaborators, nodes, files, builds (api_facts 3, 8.5)."""

from __future__ import annotations

from typing import Any

from quantconnect_client import UNSET, models
from real_answer import Real, hexadecimal
from real_projects import OTHER, OWNER, SPACED

NODE: dict[str, Any] = {
    "speed": 2.4,
    "price": {"monthly": 8, "yearly": 80},
    "cpu": 1,
    "ram": 0.5,
    "name": "L-MICRO node 1a2b3c4d",
    "sku": "L-MICRO",
    "description": "1 core, 0.5 GB",
    "usedBy": "-",
    "userProfile": "",
    "projectName": "",
    "projectId": None,
    "busy": False,
    "id": "LN-" + hexadecimal("d"),
    "assets": 5,
    "host": None,
    "hasGpu": 0,
    "active": False,
}
FILE: dict[str, Any] = {
    "id": 41000001,
    "name": "main.py",
    "content": "from AlgorithmImports import *\r\n",
    "modified": "2024-03-11 09:08:07",
    "projectId": 9000001,
    "open": 0,
    "collaborationId": "P9000001-aaaaa-bbbbb-ccccc-ddddd-eeeee",
    "readOnly": False,
}
CHECKED: dict[str, Any] = {
    "compileId": f"{hexadecimal('5')}-{hexadecimal('6')}",
    "state": "InQueue",
    "projectId": 9000001,
    "signature": hexadecimal("6"),
    "signatureOrder": ["main.py", "research.ipynb"],
    "parameters": [],
    "success": True,
}
ANSWERS = [
    # collaboration
    Real(
        "collaborators with the caller's own rights",
        "collaboration.read_project_collaborators",
        {
            "collaborators": [OWNER, OTHER],
            "userLiveControl": True,
            "userPermissions": "write",
            "success": True,
        },
        {"user_live_control": True, "user_permissions": models.Permission("write"), "collaborators/0/id": 0},
    ),
    Real(
        "a collaborator without the person's own data",
        "collaboration.create_project_collaborator",
        {"collaborators": [{**OTHER, "bio": None, "permission": "admin"}], "success": True},
        {"collaborators/0/bio": None, "collaborators/0/permission": "admin"},
    ),
    Real(
        "changed rights",
        "collaboration.update_project_collaborator",
        {"collaborators": [{**OTHER, "liveControl": True}], "success": True, "errors": []},
        {"collaborators/0/live_control": True},
    ),
    Real(
        "nobody but the owner is left",
        "collaboration.delete_project_collaborator",
        {"collaborators": [OWNER], "success": True},
        {"collaborators/0/uid": 70001},
    ),
    # nodes
    Real(
        "nodes, idle and in use",
        "projects.read_project_nodes",
        {
            "nodes": {
                "backtest": [
                    {**NODE, "ram": 8, "hasGpu": 1, "projectId": 9000001, "busy": True, "usedBy": "Olga"}
                ],
                "research": [],
                "live": [NODE, {**NODE, "host": "NY7", "speed": 3, "hasGpu": True}],
            },
            "autoSelectNode": True,
            "success": True,
        },
        {
            "nodes/live/0/ram": 0.5,
            "nodes/live/0/host": None,
            "nodes/live/0/project_id": None,
            "nodes/live/0/has_gpu": 0,
            "nodes/live/1/host": "NY7",
            "nodes/backtest/0/ram": 8,
            "nodes/backtest/0/has_gpu": 1,
            "nodes/backtest/0/price/yearly": 80,
            "nodes/research": [],
        },
    ),
    # files
    Real(
        "all files",
        "files.read_file",
        {
            "files": [
                {**FILE, "isLibrary": False, "userHasAccess": True},
                {**FILE, "name": "Main.cs", "open": 1, "isLibrary": None, "userHasAccess": 1},
            ],
            "success": True,
        },
        {
            "files/0/open_": 0,
            "files/0/content": "from AlgorithmImports import *\r\n",
            "files/0/user_has_access": True,
            "files/1/open_": 1,
            "files/1/is_library": None,
        },
    ),
    Real(
        "one file",
        "files.read_file_by_get",
        {"files": [{**FILE, "binary": 0, "readOnly": 1}], "success": True},
        {"files/0/binary": 0, "files/0/read_only": 1, "files/0/is_library": UNSET},
    ),
    Real(
        "escaped slashes, line ends and characters",
        "files.read_file",
        b'{"files":[{"name":"a\\/b.py","content":"caf\\u00e9 \\ud83d\\ude00 <\\/p>\\r\\n"}],"success":true}',
        {"files/0/name": "a/b.py", "files/0/content": "caf\u00e9 \U0001f600 </p>\r\n"},
    ),
    Real("no file is left", "files.read_file", {"files": [], "success": True}, {"files": []}),
    Real(
        "a changed file, nothing told",
        "files.update_file",
        {"success": True},
        {"": "ProjectFilesResponse", "files": UNSET, "success": True},
    ),
    Real(
        "a changed file, shown",
        "files.update_file",
        {
            "files": [{"name": "main.py", "content": "x", "modified": "2024-03-11 09:08:07", "open": False}],
            "success": True,
        },
        {"": "ProjectFilesResponse", "files/0/open_": False, "files/0/modified": SPACED},
    ),
    Real(
        "a new file, shown",
        "files.create_file",
        {
            "files": [{"id": 41000002, "name": "a.py", "content": "", "modified": "2024-03-11 09:08:07"}],
            "success": True,
        },
        {"files/0/id": 41000002, "files/0/content": ""},
    ),
    Real("a new file, nothing told", "files.create_file", {"success": True}, {"files": UNSET}),
    # compile
    Real(
        "a build that waits",
        "compile_.create_compile",
        CHECKED,
        {"state": models.CompileState("InQueue"), "parameters": [], "signature_order/1": "research.ipynb"},
    ),
    Real(
        "a build with parameters",
        "compile_.create_compile",
        {
            **CHECKED,
            "parameters": [{"file": "main.py", "parameters": [{"line": 7, "type": "int"}]}],
            "state": "Building",
        },
        {"parameters/0/parameters/0/line": 7, "state": "Building"},
    ),
    Real(
        "a build with errors is a success",
        "compile_.read_compile",
        {
            "compileId": CHECKED["compileId"],
            "state": "BuildError",
            "logs": ["Build Request Successful.", "Build Error: File: main.py Line:3 Column:0"],
            "success": True,
        },
        {"state": models.CompileState("BuildError"), "logs/0": "Build Request Successful.", "success": True},
    ),
    Real(
        "a build without logs",
        "compile_.read_compile_by_get",
        {"compileId": "x", "state": "BuildSuccess", "logs": None, "errors": None, "success": True},
        {"state": models.CompileState("BuildSuccess"), "logs": None},
    ),
]
