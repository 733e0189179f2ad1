"""Every published document goes its way through the library: uploaded, read by the worker, published, downloaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from cop.app import build_worker
from cop.files.kinds import claimed_by_name
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.library import queries
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not os.environ.get("COP_REAL_DATA"), reason="COP_REAL_DATA does not name the folder of real files"
    ),
]
FOLDER = Path(os.environ.get("COP_REAL_DATA", "")) / "documents"


def test_every_real_document_is_published_and_comes_back_identical(
    app: Flask, db: Database, community: Community, visitor: Callable[..., Visitor]
) -> None:
    officer, library = community.person(), Library(app, db)
    paths = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and claimed_by_name(path.name)]
    assert len(paths) >= 20
    added = {
        path: library.draft(officer, content=path.read_bytes(), filename=path.name, unread=True)
        for path in paths
    }
    build_worker(app.extensions["cop"].settings, db).drain()
    stranger = visitor()
    for path, asset_id in added.items():
        library.publish(officer, asset_id)
        with db.transaction(write=False) as tx:
            asset = queries.asset(SYSTEM, tx=tx, asset_id=asset_id)
        assert asset.text.status == "searchable" or asset.text.reason, path.name
        stranger.get(f"/library/{asset_id}")
        answer = stranger.get(f"/library/{asset_id}/download/1")
        assert answer.data == path.read_bytes(), path.name
        answer.close()
