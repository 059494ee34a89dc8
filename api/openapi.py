"""The OpenAPI document, made from the operations themselves, and a page that shows it."""

import re
from typing import Any

from flask import Blueprint, render_template
from pydantic import BaseModel

from api.operations import OPERATIONS, Operation

documents = Blueprint("api_documents", __name__, url_prefix="/api")


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of the first version."""
    schemas: dict[str, Any] = {
        "Problem": {"type": "object", "required": ["type", "title", "status"], "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "error": {"type": "string"}, "reference": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object"}}}},
    }  # fmt: skip
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.path)
        paths.setdefault(f"/api/v1{path}", {})[one.method.lower()] = described(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Loggia API", "version": "1", "description": "The same verbs and policy as the pages."},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def described(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    """One operation."""
    answer = {"content": {"application/json": {"schema": {"type": "object"}}}}
    done = {"description": "Done"} | ({} if one.status == 204 else answer)
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    failed = {"description": "A problem", "content": {"application/problem+json": problem}}
    given: dict[str, Any] = {
        "summary": one.summary, "tags": [one.noun], "operationId": f"{one.method.lower()}_{re.sub(r'[^a-z]+', '_', one.path)}",
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                       for name in re.findall(r"<(?:\w+:)?(\w+)>", one.path)],
        "responses": {str(one.status): done, "default": failed},
    }  # fmt: skip
    if one.query:
        given["parameters"] += [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in schema_of(one.query, schemas)["properties"].items()
        ]
    if one.method == "POST" and not one.files:
        given["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}}
        )
    if one.files:
        schema = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
        given["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if one.body:
        schemas[one.body.__name__] = schema_of(one.body, schemas)
        reference = {"$ref": f"#/components/schemas/{one.body.__name__}"}
        given["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return given


def schema_of(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    """A model's JSON schema; what it refers to joins the components."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


@documents.get("/openapi.json")
def openapi() -> dict[str, Any]:
    """The document."""
    return document()


@documents.get("/docs")
def docs() -> str:
    """The document for people."""
    return render_template("api/docs.html", document=document())
