"""Bodies of projects, collaboration, nodes, files and compile (api_facts 2.2, 3, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import Real, hexadecimal

SPACED = datetime.datetime(2024, 3, 11, 9, 8, 7)
ZULU = datetime.datetime(2025, 9, 11, 9, 8, 7, tzinfo=datetime.UTC)
ORGANIZATION = hexadecimal("a")

OWNER = {
    "id": 0,
    "uid": 70001,
    "liveControl": True,
    "permission": "write",
    "publicId": hexadecimal("1"),
    "profileImage": "https://cdn.example.invalid/p/70001.png",
    "email": "owner@example.invalid",
    "name": "Olga Owner",
    "bio": "",
    "owner": True,
}
OTHER = {
    "id": 311,
    "uid": None,
    "liveControl": False,
    "permission": "read",
    "publicId": hexadecimal("2"),
    "profileImage": "https://cdn.example.invalid/p/0.png",
    "email": None,
    "name": "Otto Other",
    "owner": False,
}
TILES = '[{"chartName":"Strategy Equity","width":12,"height":4,"row":0,"column":0,"sort":1}]'
PROJECT: dict[str, Any] = {
    "projectId": 9000001,
    "organizationId": ORGANIZATION,
    "name": "Folder/Alpha",
    "modified": "2024-03-11 09:08:07",
    "created": "2024-03-01 00:00:00",
    "ownerId": 70001,
    "language": "Py",
    "collaborators": [OWNER],
    "leanVersionId": 16000,
    "leanPinnedToMaster": True,
    "owner": True,
    "description": "",
    "channelId": "P9000001-" + hexadecimal("c"),
    "parameters": [],
    "libraries": [],
    "isAlphaStreamDeployment": 0,
    "grid": None,
    "liveGrid": None,
    "builder": 0,
    "paperEquity": None,
    "lastLiveDeployment": None,
    "liveForm": None,
    "encrypted": False,
    "codeRunning": False,
    "leanEnvironment": 1,
}
LIVE_FORM = {
    "id": "QuantConnectBrokerage",
    "environment": "paper",
    "brokerageData": {"authentication": {}, "id": "QuantConnectBrokerage"},
    "dataProvidersData": [{"id": "QuantConnectBrokerage"}],
    "dataProvider": "QuantConnectBrokerage",
    "node": "LN-" + hexadecimal("d"),
    "notifyInsights": "false",
    "notifyOrderEvents": "true",
    "autoRestart": "false",
}
USED: dict[str, Any] = {
    **PROJECT,
    "projectId": 9000002,
    "language": "C#",
    "collaborators": [OWNER, OTHER],
    "parameters": [
        {"key": "fast", "value": "5", "min": None, "max": None, "step": None},
        {"key": "slow", "value": "20", "min": 10, "max": 30, "step": 2.5},
    ],
    "libraries": [
        {"projectId": 9000003, "libraryName": "Library/Tools", "ownerName": "Olga Owner", "access": True}
    ],
    "grid": TILES,
    "liveGrid": "",
    "paperEquity": 101234.5,
    "lastLiveDeployment": "2024-02-29 23:59:59",
    "liveForm": LIVE_FORM,
}
NEWER: dict[str, Any] = {
    **PROJECT,
    "name": "Recycle Bin/Alpha",
    "modified": "2025-09-11T09:08:07Z",
    "isPinned": False,
    "maxFileSize": 32768,
    "sharingTokenBacktest": hexadecimal("e", 64),
    "encryptionKey": {"id": "key-1", "name": "mine"},
    "grid": {"xs": [], "xl": [{"chartName": "Drawdown", "width": 6, "row": 1}]},
    "paperEquity": 100000,
    "parameters": {"fast": "5", "slow": 20},
}
VERSION = {
    "id": 16000,
    "created": "2024-02-01 10:00:00",
    "description": "A build",
    "leanHash": hexadecimal("3", 40),
    "leanCloudHash": hexadecimal("4", 40),
    "name": "v16000",
    "ref": "refs/heads/master",
    "public": 1,
}
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
    # the envelope
    Real("a success without errors", "projects.update_project", {"success": True}, {"errors": UNSET}),
    Real(
        "a success with an empty list of errors",
        "projects.update_project",
        {"success": True, "errors": []},
        {"success": True, "errors": []},
    ),
    Real(
        "a refusal",
        "projects.create_project",
        b'{"errors":["Invalid argument"],"success":false}',
        {"success": False, "errors/0": "Invalid argument", "projects": UNSET},
    ),
    Real(
        "a refusal in messages",
        "projects.update_project",
        {"success": False, "messages": ["no"]},
        {"messages": ["no"]},
        beside={"messages"},
    ),
    Real(
        "a refusal in one Message",
        "backtests.read_backtest",
        {"success": False, "Message": "Internal Error 21"},
        {"success": False, "Message": "Internal Error 21", "backtest": UNSET},
        beside={"Message"},
    ),
    Real(
        "a boolean as text",
        "account.authenticate",
        {"success": "true"},
        {"success": "true"},
        drifts={"/success"},
    ),
    # projects
    Real(
        "a list of projects",
        "projects.read_projects",
        {"projects": [USED, PROJECT], "versions": [VERSION], "success": True},
        {
            "": "ProjectListResponse",
            "projects/0/language": models.Language("C#"),
            "projects/0/grid": TILES,
            "projects/0/live_grid": "",
            "projects/0/paper_equity": 101234.5,
            "projects/0/last_live_deployment": datetime.datetime(2024, 2, 29, 23, 59, 59),
            "projects/0/live_form/auto_restart": models.BooleanText.FALSE,
            "projects/0/live_form/notify_order_events": models.BooleanText.TRUE,
            "projects/0/live_form/environment": "paper",
            "projects/0/live_form/data_providers_data/0/id": "QuantConnectBrokerage",
            "projects/0/live_form/brokerage_data/id": "QuantConnectBrokerage",
            "projects/0/parameters/0/value": "5",
            "projects/0/parameters/0/min_": None,
            "projects/0/parameters/1/step": 2.5,
            "projects/0/libraries/0/library_name": "Library/Tools",
            "projects/0/collaborators/1/uid": None,
            "projects/0/collaborators/1/email": None,
            "projects/0/collaborators/1/bio": UNSET,
            "projects/0/collaborators/0/permission": models.Permission("write"),
            "projects/1/modified": SPACED,
            "projects/1/grid": None,
            "projects/1/live_form": None,
            "projects/1/paper_equity": None,
            "projects/1/is_alpha_stream_deployment": 0,
            "versions/0/public": 1,
            "versions/0/created": datetime.datetime(2024, 2, 1, 10),
        },
        beside={"projects[].live_form.brokerage_data.id"},
    ),
    Real(
        "parameters of a project as an empty list",
        "projects.read_projects_by_get",
        {"projects": [PROJECT], "versions": [], "success": True},
        {"projects/0/parameters": [], "versions": []},
    ),
    Real(
        "newer keys, an ISO date, grid and parameters as objects",
        "projects.read_projects",
        {"projects": [NEWER], "count": 1, "success": True},
        {
            "count": 1,
            "projects/0/name": "Recycle Bin/Alpha",
            "projects/0/modified": ZULU,
            "projects/0/max_file_size": 32768,
            "projects/0/sharing_token_backtest": hexadecimal("e", 64),
            "projects/0/encryption_key/name": "mine",
            "projects/0/grid/xl/0/chart_name": "Drawdown",
            "projects/0/grid/xl/0/height": UNSET,
            "projects/0/parameters/slow": 20,
        },
    ),
    Real(
        "everything that can be null is null",
        "projects.create_project",
        {"projects": [dict.fromkeys(USED)], "versions": None, "errors": None, "success": True},
        {"versions": None, "projects/0/collaborators": None, "projects/0/modified": None},
    ),
    Real(
        "a zero date, an empty date, a date that is none",
        "projects.read_projects",
        {
            "projects": [
                {"modified": "0000-00-00 00:00:00", "created": "", "lastLiveDeployment": "never"},
                {"modified": "2025-09-11T09:08:07.123456Z", "created": "2025-09-11"},
            ],
            "success": True,
        },
        {
            "projects/0/modified": "0000-00-00 00:00:00",
            "projects/0/created": "",
            "projects/0/last_live_deployment": "never",
            "projects/1/modified": ZULU.replace(microsecond=123456),
        },
    ),
    Real(
        "a language and a key that nobody heard of",
        "projects.read_projects",
        {"projects": [{"language": "Rust", "mood": {"of": [1]}}], "weather": "fine", "success": True},
        {"projects/0/language": "Rust", "projects/0/mood": {"of": [1]}, "weather": "fine"},
        beside={"projects[].mood", "weather"},
    ),
    Real("no project", "projects.read_projects", {"projects": [], "success": True}, {"projects": []}),
    Real(
        "versions of LEAN",
        "server.read_lean_versions",
        {"versions": [VERSION, {**VERSION, "public": True, "description": None}], "success": True},
        {"versions/0/public": 1, "versions/1/public": True, "versions/1/description": None},
    ),
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
