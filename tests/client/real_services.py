"""Bodies of account, object store, environments and AI tools (api_facts 7)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import Real, hexadecimal

TOOL = {"version": 2.0, "payloadType": "String"}
STORED: dict[str, Any] = {
    "key": "folder/a.bin",
    "name": "a.bin",
    "modified": "2024-03-12 14:15:16",
    "mime": "application/octet-stream",
    "folder": False,
    "size": 256,
}
FOUND = {"url": "https://docs.example.invalid/a", "score": 0.93, "content": "text", "type": 1}

ANSWERS = [
    Real(
        "a balance without a card",
        "account.read_account",
        {"organizationId": hexadecimal("a"), "creditBalance": 1234.5, "card": None, "success": True},
        {"credit_balance": 1234.5, "card": None},
    ),
    Real(
        "a balance with a card",
        "account.read_account",
        {
            "organizationId": hexadecimal("a"),
            "creditBalance": 0,
            "card": {"brand": "visa", "expiration": "12/31", "last4": "0042"},
            "success": True,
        },
        {"credit_balance": 0, "card/expiration": "12/31", "card/last4": "0042"},
    ),
    Real(
        "organizations",
        "account.list_organizations",
        {
            "organizations": [
                {
                    "id": hexadecimal("a"),
                    "name": "Ours",
                    "type": "Team",
                    "ownerName": "You",
                    "members": 2,
                    "preferred": True,
                }
            ],
            "success": True,
        },
        {"organizations/0/preferred": True, "organizations/0/members": 2},
    ),
    Real(
        "environments",
        "server.read_lean_environments",
        {
            "environments": [
                {"id": 1, "name": "Default", "path": "/x", "description": None, "public": 1},
                {"id": 2, "name": "Other", "path": "", "description": "text", "public": False},
            ],
            "success": True,
        },
        {"environments/0/public": 1, "environments/1/public": False, "environments/0/description": None},
    ),
    Real(
        "a folder of the store",
        "objects.list_object_store_files",
        {
            "path": "folder",
            "objects": [
                STORED,
                {**STORED, "key": "folder/b", "folder": True, "mime": "directory", "size": 0},
            ],
            "page": 1,
            "totalPages": 1,
            "objectStorageUsed": 256,
            "objectStorageUsedHuman": "256 B",
            "success": True,
        },
        {
            "objects/0/modified": datetime.datetime(2024, 3, 12, 14, 15, 16),
            "objects/1/folder": True,
            "total_pages": 1,
        },
    ),
    Real(
        "an empty store",
        "objects.list_object_store_files",
        {"path": "/", "objects": [], "page": 1, "totalPages": 1, "objectStorageUsed": 0, "success": True},
        {"path": "/", "objects": [], "object_storage_used_human": UNSET},
    ),
    Real(
        "properties of an object",
        "objects.read_object_properties",
        {
            "metadata": {
                "key": "folder/a.bin",
                "modified": "2024-03-12 14:15:16",
                "created": "2025-09-11T09:08:07Z",
                "size": 256.0,
                "md5": hexadecimal("0"),
                "mime": "text/plain",
                "preview": "\u0000\u0001",
            },
            "success": True,
        },
        {"metadata/size": 256.0, "metadata/preview": "\x00\x01"},
    ),
    Real(
        "a download that is being made",
        "objects.get_objects",
        {"jobId": hexadecimal("7"), "success": True},
        {"job_id": hexadecimal("7"), "url": UNSET},
    ),
    Real(
        "a download at once",
        "objects.get_objects",
        {"jobId": hexadecimal("7"), "url": "https://files.example.invalid/a.zip", "success": True},
        {"url": "https://files.example.invalid/a.zip"},
    ),
    Real(
        "a download that is not ready",
        "objects.get_objects",
        {"jobId": hexadecimal("7"), "url": None, "success": True},
        {"url": None},
    ),
    Real(
        "initialization is fine",
        "ai.check_initialization_errors",
        {**TOOL, "state": "End", "payload": "No errors"},
        {"state": models.AiState("End"), "payload": "No errors", "success": UNSET, "errors": UNSET},
    ),
    Real(
        "initialization fails",
        "ai.check_initialization_errors",
        {**TOOL, "state": "Error", "payload": "Error: line 3"},
        {"state": models.AiState("Error"), "version": 2.0},
    ),
    Real(
        "completions",
        "ai.complete_code",
        {**TOOL, "state": "End", "payload": ["self.add_equity(", "self.add_"], "payloadType": "Array"},
        {"payload": ["self.add_equity(", "self.add_"], "payload_type": "Array"},
    ),
    Real(
        "syntax errors",
        "ai.check_syntax",
        {**TOOL, "state": "Thinking", "payload": ["main.py(3): '(' was never closed"]},
        {"state": "Thinking", "payload/0": "main.py(3): '(' was never closed"},
    ),
    Real(
        "an explanation",
        "ai.enhance_error_message",
        {**TOOL, "state": "End", "payload": "Define x first.", "version": 1},
        {"state": "End", "payload": "Define x first.", "version": 1},
    ),
    Real(
        "converted files",
        "ai.update_code_to_pep8",
        {**TOOL, "state": "End", "payload": {"main.py": "self.add_equity('SPY')\n"}},
        {"payload/main.py": "self.add_equity('SPY')\n"},
    ),
    Real(
        "no converted files",
        "ai.update_code_to_pep8",
        {**TOOL, "state": "End", "payload": []},
        {"payload": models.PEP8ConvertResponsePayload()},
    ),
    Real(
        "matches",
        "ai.search_quantconnect",
        {"state": "End", "version": 2, "retrivals": [FOUND, {**FOUND, "score": None}], "messageId": 7},
        {"retrivals/0/score": 0.93, "retrivals/1/score": None, "message_id": 7},
    ),
    Real(
        "a search that failed",
        "ai.search_quantconnect",
        {"success": False, "errors": ["Failed to process, try again shortly"]},
        {"success": False, "retrivals": UNSET},
    ),
]
