"""The client that is generated from the document compiles under `tsc --strict`, and refuses what the API would."""

import json
import os
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.clients.node import CLIENT, needs, run

RIGHT = """
import { createDownbeat, unwrap, type Schema } from "./index.js";

const downbeat = createDownbeat({ baseUrl: "http://localhost:8000", accessToken: () => "t" });
const body = { room_id: 31, starts_at: "2027-03-01T18:00", ends_at: "2027-03-01T20:00" };
const header = { "Idempotency-Key": "a" };
const booking = unwrap(await downbeat.POST("/api/v1/bookings", { body, params: { header } }));
const total: Schema<"Money"> = booking.total;
const query = { q: "drums", equipment: ["piano"], free_from: "2027-03-01T18:00" };
const found = unwrap(await downbeat.GET("/api/v1/rooms", { params: { query } }));
export const names: string[] = found.items.map((room) => `${room.name} ${total.amount}`);
await downbeat.PATCH("/api/v1/companies/{company_id}", { params: { path: { company_id: 7 } }, body: { name: "A" } });
"""
WRONG = [
    'await downbeat.GET("/api/v1/chambers");',
    'await downbeat.GET("/api/v1/rooms/{room_id}", { params: { path: { room_id: "Live Room A" } } });',
    'await downbeat.POST("/api/v1/bookings", { body: { room_id: 31 } });',
    (
        'await downbeat.PATCH("/api/v1/companies/{company_id}",'
        " { params: { path: { company_id: 7 } }, body: { name: null } });"
    ),
]


@pytest.fixture(scope="module")
def folder(shared_app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, generated anew: the developer's own stays as it is."""
    folder = tmp_path_factory.mktemp("client")
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(CLIENT / name, folder)
    (folder / "src").mkdir()
    shutil.copy(CLIENT / "src" / "index.ts", folder / "src")
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
    (folder / "openapi.json").write_text(json.dumps(shared_app.openapi()))
    return folder


@needs(CLIENT)
def test_the_client_compiles_and_knows_what_the_api_takes(folder: Path) -> None:
    (folder / "src" / "right.ts").write_text(RIGHT)
    lines = ["// @ts-expect-error\n" + line for line in WRONG]
    (folder / "src" / "wrong.ts").write_text("\n".join(['import { downbeat } from "./any.js";', *lines]))
    (folder / "src" / "any.ts").write_text(
        'import { createDownbeat } from "./index.js";\n'
        'export const downbeat = createDownbeat({ baseUrl: "http://localhost:8000" });\n'
    )
    run("npm", "run", "build", folder=folder, environment=os.environ)
    assert (folder / "dist" / "index.d.ts").exists()
