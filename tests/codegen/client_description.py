"""A description with everything that once broke a generated client, one endpoint for each thing."""

from typing import Any

Node = dict[str, Any]
CLASHING = ("Response", "Client", "File", "Request", "Error")
"""Names that the client has of its own (case C26)."""


def ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def json_content(schema: Node) -> Node:
    return {"content": {"application/json": {"schema": schema}}}


def operation(name: str, answer: Node, body: Node | None = None, **more: Any) -> Node:
    found = {
        "operationId": name,
        "tags": ["things"],
        "summary": f"Call {name}",
        "responses": {"200": {"description": "The answer.", **json_content(answer)}},
        **more,
    }
    return found if body is None else {**found, "requestBody": {"required": True, **json_content(body)}}


def parameter(name: str, where: str, schema: Node, *, required: bool = False) -> Node:
    return {"name": name, "in": where, "required": required or where == "path", "schema": schema}


def fields(required: tuple[str, ...] = (), **properties: Node) -> Node:
    found: Node = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


TEXT: Node = {"type": "string"}
WHOLE: Node = {"type": "integer"}
FLAG: Node = {"type": "boolean"}

NODE = fields(
    ("id",),
    **dict.fromkeys(("context", "self", "class", "body", "client", "additionalProperties", "to_dict"), TEXT),
    id=WHOLE,
)
SCHEMAS: Node = {
    **{name: fields(name=TEXT, when=ref("DateTime")) for name in CLASHING},
    "DateTime": {"anyOf": [{"type": "string", "format": "date-time"}, TEXT]},
    "Decimal": {"type": ["number", "string"]},
    "EmptyMap": {"type": "array", "maxItems": 0, "items": {}},
    "State": {"type": "string", "enum": ["In Queue...", "Running: _%", "Completed.", "<=", "<", ""]},
    "Node": NODE,
    "Settings": {"type": "object", "additionalProperties": TEXT},
    "RestResponse": fields(success=FLAG, errors={"type": "array", "items": TEXT}),
    "ProjectFilesResponse": fields(
        success=FLAG, errors={"type": "array", "items": TEXT}, files={"type": "array", "items": ref("File")}
    ),
    "Loading": fields(
        ("status",), status={"type": "string", "enum": ["loading"]}, progress={"type": "number"}
    ),
    "Chart": fields(
        series={
            "type": "array",
            "items": {"oneOf": [{"type": "array", "items": {"type": "number"}}, ref("Point")]},
        },
        progress={"type": "number"},
    ),
    "Point": fields(("x", "y"), x={"type": "number"}, y={"type": "number"}),
    "Project": fields(
        projectId=WHOLE,
        modified={"type": "string", "format": "date-time"},
        created=ref("DateTime"),
        state={"anyOf": [ref("State"), TEXT]},
        strict=ref("State"),
        settings=ref("Settings"),
        parameterSet={"anyOf": [ref("Settings"), ref("EmptyMap"), {"type": "null"}]},
        charts={
            "anyOf": [
                {"type": "object", "additionalProperties": ref("Chart")},
                ref("EmptyMap"),
                {"type": "null"},
            ]
        },
        owner=ref("Node"),
        parts={"type": "array", "items": ref("Project")},
        cost=ref("Decimal"),
        kind={"const": "project"},
        day={"type": "string", "format": "date"},
    ),
    "Projects": fields(success=FLAG, projects={"type": "array", "items": ref("Project")}),
    "Alias": ref("Point"),
    "Anything": {},
    "Constant": {"const": "x"},
    "Either": {"oneOf": [ref("Point"), ref("State")]},
    "Only": {"allOf": [ref("Point")]},
    "Several": {"type": "array", "items": ref("Point")},
    "Whole": {"allOf": [ref("Point"), fields(b=TEXT)]},
    "Nullable": fields(
        number={"type": "number", "nullable": True},
        letter={"type": "string", "enum": ["A", "B"], "nullable": True},
        all={"allOf": [ref("Point")], "nullable": True},
        either={"oneOf": [ref("Point"), WHOLE], "nullable": True},
        several={"type": "array", "items": TEXT, "nullable": True},
        states={"type": "array", "items": {"allOf": [ref("State")], "nullable": True}},
        plain={"type": "string", "nullable": False},
    ),
    "Upload": fields(
        ("key", "objectData"),
        organizationId=TEXT,
        key=TEXT,
        public=FLAG,
        objectData={"type": "string", "contentMediaType": "application/octet-stream"},
    ),
}

DOCUMENT: Node = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://mock.example.net/api"}],
    "paths": {
        **{
            f"/{name.lower()}": {"post": operation(f"send_{name.lower()}", ref(name), ref(name))}
            for name in CLASHING
        },
        "/u/{id}": {
            "put": operation(
                "put_node",
                ref("Node"),
                ref("Node"),
                parameters=[
                    parameter("id", "path", TEXT),
                    *(
                        parameter(name, "query", TEXT)
                        for name in ("body", "self", "client", "headers", "params")
                    ),
                ],
            )
        },
        "/values": {
            "post": operation(
                "send_values",
                {},
                {"type": "array", "items": WHOLE},
                parameters=[parameter("values", "query", TEXT)],
            )
        },
        "/find": {
            "get": operation(
                "find",
                ref("RestResponse"),
                parameters=[
                    parameter("deep", "query", FLAG),
                    parameter("since", "query", {"type": "string", "format": "date-time"}),
                    parameter("tags", "query", {"type": "array", "items": TEXT}),
                    parameter("state", "query", ref("State")),
                    parameter("X-Trace", "header", WHOLE),
                ],
            )
        },
        "/files/update": {
            "post": operation("update_file", {"oneOf": [ref("RestResponse"), ref("ProjectFilesResponse")]})
        },
        "/chart/read": {"post": operation("read_chart", {"oneOf": [ref("Loading"), ref("Chart")]})},
        "/projects/read": {"post": operation("read_projects", ref("Projects"))},
        "/object/set": {
            "post": {
                **operation("upload", ref("RestResponse")),
                "requestBody": {
                    "required": True,
                    "content": {"multipart/form-data": {"schema": ref("Upload")}},
                },
            }
        },
    },
    "components": {"schemas": SCHEMAS},
}
