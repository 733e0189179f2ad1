"""The files of posts, to be shown on a page or taken away."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from cop.files.delivery import download_headers, picture_headers
from cop.files.store import CHUNK, FileStore
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.threads import attachments
from cop.threads.routes import POST
from cop.web.area import Area
from cop.web.edge import use

area = Area("post_files", __name__)


@area.get(f"{POST}/files/<int:file_id>", access=PUBLIC)
def file(actor: Actor, tx: Tx, post_id: int, file_id: int) -> Response:
    """A picture, or a document as an attachment, for whoever may read the post.

    The file is opened here and sent after the transaction ended: a slow reader holds no connection.
    """
    info, is_picture = attachments.download(actor, tx=tx, post_id=post_id, file_id=file_id)
    headers_for = picture_headers if is_picture else download_headers
    headers = headers_for(info.filename, info.kind, info.size, info.sha256)
    # A browser may keep it, but asks each time whether it may still be shown.
    headers["Cache-Control"] = "private, no-cache"
    stream = use(FileStore).open(info.sha256)
    response = FlaskResponse(FileWrapper(stream, CHUNK), headers=headers, direct_passthrough=True)
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=info.size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    if request.method == "HEAD" or response.status_code == 304:
        # Neither has a body, so the server never comes to the point of closing it.
        response.close()
    return response
