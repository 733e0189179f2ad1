"""The files of posts, to be shown on a page or taken away."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.files.delivery import download_headers, picture_headers
from cop.files.store import FileStore
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.threads import attachments
from cop.threads.routes import POST
from cop.web import stored
from cop.web.area import Area
from cop.web.edge import use

area = Area("post_files", __name__)


@area.get(f"{POST}/files/<int:file_id>", access=PUBLIC)
def file(actor: Actor, tx: Tx, post_id: int, file_id: int) -> Response:
    """A picture, or a document as an attachment, for whoever may read the post."""
    info, is_picture = attachments.download(actor, tx=tx, post_id=post_id, file_id=file_id)
    headers_for = picture_headers if is_picture else download_headers
    headers = headers_for(info.filename, info.kind, info.size, info.sha256)
    return stored.send(use(FileStore).open(info.sha256), size=info.size, headers=headers)
