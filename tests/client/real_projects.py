"""Bodies of projects and of the envelope around every answer (api_facts 2.2, 3, 8.5)."""

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
]
