"""MCP over streamable HTTP for many callers, each with a token of his own.

Knows: HTTP, and in which order a request is looked at. Must not know: what a tool does, how a token is
proven.

A request passes: `front` (address, id) -> `drain` (shutdown) -> `authentication` (401) -> `permission`
(body, 403) -> the SDK's transport -> dispatch, which judges the call again.
"""
