"""MCP over streamable HTTP for many callers, each with a token of their own.

Knows: HTTP, and in which order a request is looked at. Must not know: what a tool does, how a token is
verified.

A request passes: `front` (address, id) -> `drain` (shutdown) -> `authentication` (401) -> `bodies` (400, 413)
-> `permission` (403) -> `disconnects` -> the SDK's transport -> dispatch, which decides the call again.
"""
