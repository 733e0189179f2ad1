"""Files of posts: who may have them, how they come in without JavaScript, and that a picture tells only its look."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import text

from cop.app import build_worker
from cop.files.intake import receive
from cop.files.store import FileStore
from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Invalid
from cop.settings import Settings
from cop.threads import attachments, queries, reports, service
from cop.threads.attachments import DESCRIBE, TOO_MANY, New
from cop.threads.limits import ALT_MAX, FILES_MAX
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams
from tests.data import sample_files
from tests.data import sample_pictures as pictures

Visit = Callable[..., Visitor]
ALT = "Three depots on a map, two of them flooded"
KEY = "k" * 20


@dataclass
class Scene:
    """A private team with a thread, its lead's browser, a colleague's and a stranger's, and a worker."""

    db: Database
    lead: Actor
    colleague: Actor
    team_id: int
    thread_id: int
    browser: Visitor
    other: Visitor
    stranger: Visitor
    signed_out: Visitor
    work: Callable[[], None]

    @property
    def at(self) -> str:
        return f"/threads/{self.thread_id}"

    def posted(self) -> int:
        """The newest post."""
        with self.db.transaction(write=False) as tx:
            return int(tx.session.execute(text("SELECT max(id) FROM post")).scalar_one())

    def files(self, post_id: int) -> list[int]:
        """The files of a post, in order."""
        with self.db.transaction(write=False) as tx:
            found = attachments.of_post(self.lead, tx=tx, post_id=post_id)
        return [each.file.file_id for each in found]

    def reply(self, **fields: object) -> int:
        """Post a reply with what is given; the post's id."""
        self.browser.post(self.at, **{"body": "See the file.", "key": f"{self.posted():0>20}", **fields})
        return self.posted()


@pytest.fixture
def scene(
    app: Flask,
    db: Database,
    community: Community,
    visitor: Visit,
    make_settings: Callable[[str], Settings],
) -> Scene:
    teams = Teams(db)
    lead, colleague, stranger = (
        community.person("Amira Khan"),
        community.person("Tom Doyle"),
        community.person("Jo"),
    )
    team_id = teams.team(lead, access="private", members=[(colleague, "member", "legal")])
    thread_id = teams.thread(lead, team_id)
    browsers = [visitor().sign_in_as(community, each) for each in (lead, colleague, stranger)]
    worker = build_worker(make_settings(db.url), db)
    return Scene(db, lead, colleague, team_id, thread_id, *browsers, visitor(), worker.drain)


def chosen(data: bytes = b"Words of a file.", name: str = "plan.txt") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def hidden(html: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', html)


def described(scene: Scene, data: bytes, name: str, alt: str = ALT, body: str = "Look at this.") -> int:
    """Post a picture the way without JavaScript: upload it, describe it, post it."""
    page = scene.browser.post(scene.at, status=200, preview="files", body=body, file=chosen(data, name)).text
    assert DESCRIBE in page
    assert body in page
    kept = hidden(page, "file_kept")
    assert len(kept) == 1
    return scene.reply(body=body, file_kept=kept, file_alt=[alt])


def test_whoever_reads_the_post_has_its_files_and_nobody_else(scene: Scene) -> None:
    post_id = scene.reply(file=chosen())
    (file_id,) = scene.files(post_id)
    address = f"/posts/{post_id}/files/{file_id}"
    answer = scene.other.get(address, check=False)
    assert answer.get_data() == b"Words of a file."
    answer.close()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="plan.txt"')
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Type"].startswith("text/plain")
    for nobody in (scene.stranger, scene.signed_out):
        nobody.get(address, status=404, check=False)
        assert "plan.txt" not in nobody.get(scene.at, status=404, check=False).text
    page = scene.other.get(scene.at).text
    assert f'href="{address}"' in page
    assert "TXT, 16\N{NO-BREAK SPACE}bytes" in page


def test_a_file_is_had_by_its_own_post_alone(scene: Scene) -> None:
    """An address made up of a post one may read and a file of one that one may not leads nowhere."""
    post_id = scene.reply(file=chosen())
    (file_id,) = scene.files(post_id)
    plain = scene.reply()
    scene.other.get(f"/posts/{plain}/files/{file_id}", status=404, check=False)
    scene.other.get(f"/posts/{post_id}/files/{file_id + 99}", status=404, check=False)
    scene.other.get(f"/posts/{post_id + 99}/files/{file_id}", status=404, check=False)


def test_a_removed_post_takes_its_files_along_at_once(scene: Scene, app: Flask) -> None:
    post_id = described(scene, pictures.picture(), "map.png")
    scene.work()
    (file_id,) = scene.files(post_id)
    scene.other.get(f"/posts/{post_id}/files/{file_id}", check=False).close()
    assert "files" in scene.browser.get(f"/posts/{post_id}/remove").text
    scene.browser.post(f"/posts/{post_id}/remove")
    for reader in (scene.browser, scene.other):
        reader.get(f"/posts/{post_id}/files/{file_id}", status=404, check=False)
        assert ALT not in reader.get(scene.at).text
    with scene.db.transaction(write=False) as tx:
        for table in ("post_file", "picture", "stored_file", "file_text"):
            assert tx.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
    store: FileStore = app.extensions["cop"].parts[FileStore]
    assert list(store.kept(-1)), "the bytes go with the sweep"


def test_a_hidden_post_keeps_its_files_for_those_who_still_read_it(
    scene: Scene, community: Community
) -> None:
    facilitator = community.person("Sue Facilitator")
    Teams(scene.db).join(scene.team_id, facilitator, role="facilitator")
    post_id = described(scene, pictures.picture(), "quagga.png")
    scene.work()
    (file_id,) = scene.files(post_id)
    address = f"/posts/{post_id}/files/{file_id}"
    with scene.db.transaction(write=True) as tx:
        reports.decide(facilitator, tx=tx, post_id=post_id, kind="hide", reason="A child", version=1)
    scene.work()
    scene.other.get(address, status=410, check=False)
    scene.stranger.get(address, status=404, check=False)
    for page in (scene.at, "/search?q=quagga"):
        assert ALT not in scene.other.get(page).text
        assert "quagga.png" not in scene.other.get(page).text
    with scene.db.transaction(write=False) as tx:
        assert attachments.of_post(scene.colleague, tx=tx, post_id=post_id) == ()
    assert ALT in scene.browser.get(scene.at).text, "its author reads it"
    scene.browser.get(address, check=False).close()


def test_a_picture_is_shown_once_it_was_drawn_anew_and_says_nothing_else(scene: Scene) -> None:
    post_id = described(scene, pictures.telling("JPEG", (600, 400)), "depot.jpg")
    (file_id,) = scene.files(post_id)
    address = f"/posts/{post_id}/files/{file_id}"
    page = scene.other.get(scene.at).text
    assert "is being prepared" in page
    assert "<img" not in page
    scene.other.get(address, status=409, check=False)
    before = page_seq(scene)
    scene.work()
    assert page_seq(scene) > before, "whoever reads it hears of it"
    page = scene.other.get(scene.at).text
    assert (
        f'<img src="{address}" alt="{ALT}" width="400" height="600" loading="lazy" decoding="async">' in page
    )
    answer = scene.other.get(address, check=False)
    data = answer.get_data()
    answer.close()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Length"] == str(len(data))
    for word in (pictures.SECRET.encode(), b"Exif", b"Bloggs", b"ICC_PROFILE"):
        assert word not in data
    fresh = {"If-None-Match": answer.headers["ETag"]}
    assert scene.other._client.get(address, headers=fresh, **scene.other._options).status_code == 304


def page_seq(scene: Scene) -> int:
    with scene.db.transaction(write=False) as tx:
        return queries.head_seq(scene.lead, tx=tx, thread_id=scene.thread_id)


def test_what_cannot_be_drawn_says_so_and_is_sent_to_nobody(scene: Scene) -> None:
    data = pictures.bomb(10, 10, says=(700, 700))
    post_id = described(scene, data, "map.png")
    scene.work()
    (file_id,) = scene.files(post_id)
    assert "This picture is damaged, so it cannot be shown." in scene.other.get(scene.at).text
    scene.other.get(f"/posts/{post_id}/files/{file_id}", status=404, check=False)


def test_an_image_without_words_is_asked_for_them_and_nothing_is_lost(scene: Scene) -> None:
    count = scene.posted()
    files = [chosen(pictures.picture(), "map.png"), chosen(b"Notes", "notes.txt")]
    page = scene.browser.post(scene.at, status=422, body="My **words**", key=KEY, file=files).text
    assert scene.posted() == count
    assert "My **words**" in page
    assert f"{DESCRIBE}: map.png" in page, "in the summary, with a way there"
    assert 'href="#file-alt-0"' in page
    assert re.search(r'id="file-alt-0-error"[^>]*>.*?Describe the image', page)
    kept = hidden(page, "file_kept")
    assert len(kept) == 2
    page = scene.browser.post(
        scene.at, status=422, body="My **words**", key=KEY, file_kept=kept, file_alt=["  ", ""]
    ).text
    assert len(hidden(page, "file_kept")) == 2
    long = "x" * (ALT_MAX + 1)
    page = scene.browser.post(
        scene.at, status=422, body="x", key=KEY, file_kept=kept, file_alt=[long, ""]
    ).text
    assert f"must be {ALT_MAX} characters or fewer" in page
    assert long in page
    scene.browser.post(scene.at, body="My **words**", key=KEY, file_kept=kept, file_alt=[ALT, "ignored"])
    post_id = scene.posted()
    with scene.db.transaction(write=False) as tx:
        shown = attachments.of_post(scene.lead, tx=tx, post_id=post_id)
    assert [(each.file.filename, each.alt) for each in shown] == [("map.png", ALT), ("notes.txt", "")]


def test_an_error_in_the_text_keeps_the_files_and_one_in_a_file_keeps_the_text(scene: Scene) -> None:
    page = scene.browser.post(scene.at, status=422, body="", key=KEY, file=chosen()).text
    assert "Write your reply before you post it" in page
    kept = hidden(page, "file_kept")
    assert len(kept) == 1
    page = scene.browser.post(
        scene.at, status=422, body="Kept", key=KEY, file_kept=kept, file_alt=[""], file=chosen(b"MZ", "a.exe")
    ).text
    assert "a.exe: A .exe file cannot be uploaded. Choose a PNG, JPEG, WEBP, GIF, DOCX" in page
    assert "Kept" in page
    assert len(hidden(page, "file_kept")) == 1
    page = scene.browser.post(
        scene.at, status=422, body="Kept", key=KEY, file=chosen(b"GIF89a", "a.png")
    ).text
    assert "is a picture, not a PNG picture" in page
    page = scene.browser.post(
        scene.at, status=422, body="x", key=KEY, file=chosen(pictures.bomb(8000, 8000), "a.png")
    ).text
    assert "more than 50 million pixels" in page


def test_buttons_upload_and_take_out_without_posting_and_a_preview_keeps_files(scene: Scene) -> None:
    count = scene.posted()
    page = scene.browser.post(
        scene.at, status=200, preview="files", body="", file=[chosen(), chosen(b"B", "b.txt")]
    ).text
    assert "There is a problem" not in page
    kept = hidden(page, "file_kept")
    page = scene.browser.post(
        scene.at, status=200, preview="1", body="Words", file_kept=kept, file_alt=["", ""]
    ).text
    assert "Preview: not posted yet" in page
    assert len(hidden(page, "file_kept")) == 2
    page = scene.browser.post(
        scene.at, status=200, preview="without-0", body="Words", file_kept=kept, file_alt=["", ""]
    ).text
    assert "Preview: not posted yet" not in page
    assert "plan.txt" not in page
    assert "b.txt" in page
    assert scene.posted() == count


def test_there_are_no_more_than_five(scene: Scene) -> None:
    many = [chosen(b"x", f"{number}.txt") for number in range(FILES_MAX + 1)]
    page = scene.browser.post(scene.at, status=422, body="x", key=KEY, file=many).text
    assert TOO_MANY in page
    kept = hidden(page, "file_kept")
    assert len(kept) == FILES_MAX
    scene.browser.post(scene.at, body="x", key=KEY, file_kept=kept, file_alt=[""] * FILES_MAX)
    page = scene.browser.get(f"/posts/{scene.posted()}/edit").text
    assert "A post has at most 5 files." in page


def test_a_token_is_its_persons_alone_and_cannot_be_made_up(scene: Scene) -> None:
    page = scene.browser.post(scene.at, status=200, preview="files", body="", file=chosen()).text
    (token,) = hidden(page, "file_kept")
    for stolen in (token, token[:-2], "post:" + token, "", "post:x.y"):
        count = scene.posted()
        page = scene.other.post(
            scene.at, status=422, body="x", key=KEY, file_kept=[stolen], file_alt=[""]
        ).text
        assert "Choose it again" in page
        assert scene.posted() == count


def test_a_new_thread_and_the_same_form_sent_twice(scene: Scene) -> None:
    at = f"/teams/{scene.team_id}/threads/new"
    page = scene.browser.post(at, status=422, title="", body="First", file=chosen()).text
    fields = {
        "title": "With a file",
        "body": "First",
        "key": KEY,
        "file_kept": hidden(page, "file_kept"),
        "file_alt": [""],
    }
    first = scene.browser.post(at, **fields).headers["Location"]
    assert scene.browser.post(at, **fields).headers["Location"] == first
    assert "plan.txt" in scene.other.get(first).text
    assert len(scene.files(scene.posted())) == 1


def test_an_edit_adds_describes_anew_and_takes_out(scene: Scene) -> None:
    post_id = described(scene, pictures.picture(), "map.png")
    scene.work()
    at = f"/posts/{post_id}/edit"
    page = scene.browser.get(at).text
    assert "A file that you take out is deleted." in page
    kept = hidden(page, "file_kept")
    base = {"body": "Look at this.", "base_version": "1", "file_shown": "1"}
    page = scene.browser.post(at, status=422, **base, file_kept=kept, file_alt=[""]).text
    assert DESCRIBE in page
    scene.browser.post(at, **base, file_kept=kept, file_alt=["Only the flooded ones"], file=chosen())
    page = scene.other.get(scene.at).text
    assert 'alt="Only the flooded ones"' in page
    assert re.search(r"plan\.txt</a>.*?Added <time", page, re.S)
    with scene.db.transaction(write=False) as tx:
        kinds = tx.session.execute(text("SELECT kind FROM event ORDER BY id DESC")).scalars().all()
        assert queries.text(scene.lead, tx=tx, post_id=post_id).version == 1
    assert "PostFilesChanged" in kinds
    assert "PostEdited" not in kinds
    assert "Files are not part of earlier versions" in scene.other.get(f"/posts/{post_id}/history").text
    picture, plan = scene.files(post_id)
    kept = hidden(scene.browser.get(at).text, "file_kept")
    scene.browser.post(at, **base, file_kept=kept[1:], file_alt=[""])
    assert scene.files(post_id) == [plan]
    scene.other.get(f"/posts/{post_id}/files/{picture}", status=404, check=False)
    # A page from before there were files, or one that was carried through signing in, takes none away.
    scene.browser.post(at, body="Other words", base_version="1")
    assert scene.files(post_id) == [plan]


def test_a_colleague_cannot_name_the_files_of_another_post(scene: Scene) -> None:
    """An edit keeps files of its own post; the token of another one's changes nothing."""
    first = scene.reply(file=chosen())
    second = scene.reply()
    (token,) = hidden(scene.browser.get(f"/posts/{first}/edit").text, "file_kept")
    fields = {
        "body": "See the file.",
        "base_version": "1",
        "file_shown": "1",
        "file_kept": [token],
        "file_alt": [""],
    }
    scene.browser.post(f"/posts/{second}/edit", **fields)
    assert scene.files(second) == []
    assert len(scene.files(first)) == 1
    scene.other.post(
        f"/posts/{first}/edit", status=403, check=False, body="x", base_version="1", file_shown="1"
    )
    scene.stranger.post(
        f"/posts/{first}/edit", status=404, check=False, body="x", base_version="1", file_shown="1"
    )
    assert len(scene.files(first)) == 1


def test_a_locked_thread_takes_no_upload(scene: Scene, app: Flask) -> None:
    scene.browser.post(f"{scene.at}/lock", reason="Done")
    scene.browser.post(scene.at, status=403, check=False, body="x", file=chosen())
    store: FileStore = app.extensions["cop"].parts[FileStore]
    assert not list(store.kept(-1)), "it was refused before it was read"


def test_a_draft_has_no_files_and_says_so(scene: Scene) -> None:
    assert "Files are not part of a draft." in scene.browser.get(scene.at).text
    at = f"/drafts/reply/{scene.thread_id}"
    scene.browser.post(at, body="Half a thought", file="", file_kept=["post:x"])
    page = scene.browser.get(scene.at).text
    assert "attach them again" not in page
    assert "Half a thought" in page
    draft = re.findall(r'name="draft"[^>]*value="([^"]+)"', page)[0]
    scene.browser.post(at, body="More of it", draft=draft, file="plan.txt")
    assert "attach them again when you post it" in scene.browser.get(scene.at).text


def test_words_of_files_find_the_post_for_its_readers_alone(scene: Scene) -> None:
    post_id = described(scene, pictures.picture(), "kraken.png", alt="A zeppelin above Leeds")
    at = f"/posts/{post_id}/edit"
    base = {"body": "Look at this.", "base_version": "1", "file_shown": "1"}
    kept = hidden(scene.browser.get(at).text, "file_kept")
    docx = chosen(sample_files.docx(sample_files.paragraph("The quagga clause")), "clause.docx")
    scene.browser.post(at, **base, file_kept=kept, file_alt=["A zeppelin above Leeds"], file=docx)
    scene.work()
    for word in ("kraken", "zeppelin", "quagga"):
        assert f"/posts/{post_id}" in scene.other.get(f"/search?q={word}").text, word
        for nobody in (scene.stranger, scene.signed_out):
            assert f"/posts/{post_id}" not in nobody.get(f"/search?q={word}").text
    scene.browser.post(f"/posts/{post_id}/remove")
    scene.work()
    assert f"/posts/{post_id}" not in scene.other.get("/search?q=quagga").text


def test_files_cost_a_page_two_queries_however_many_there_are(scene: Scene) -> None:
    def asked() -> int:
        with scene.db.transaction(write=False) as tx, statements(scene.db) as seen:
            thread = queries.thread(scene.lead, tx=tx, thread_id=scene.thread_id)
            queries.posts(scene.lead, tx=tx, thread=thread, page=1)
        return len(seen)

    without = asked()
    scene.reply(file=[chosen(b"a", "a.txt"), chosen(b"b", "b.txt")])
    with_some = asked()
    for _ in range(3):
        scene.reply(file=[chosen(b"a", "a.txt"), chosen(b"b", "b.txt")])
    assert without + 2 == with_some == asked()


def test_guests_of_an_open_team_have_its_pictures(scene: Scene, visitor: Visit) -> None:
    teams = Teams(scene.db)
    team_id = teams.team(scene.lead, access="open")
    scene.thread_id = teams.thread(scene.lead, team_id)
    post_id = described(scene, pictures.picture(), "map.png")
    scene.work()
    (file_id,) = scene.files(post_id)
    scene.signed_out.get(f"/posts/{post_id}/files/{file_id}", check=False).close()
    assert f'alt="{ALT}"' in scene.signed_out.get(scene.at).text


def test_the_service_itself_wants_words_for_a_picture(scene: Scene, app: Flask) -> None:
    store: FileStore = app.extensions["cop"].parts[FileStore]
    taken_in = receive(store, io.BytesIO(pictures.picture()), filename="a.png", limit=9_999, pictures=True)
    with pytest.raises(Invalid), scene.db.transaction(write=True) as tx:
        service.reply(
            scene.lead, tx=tx, thread_id=scene.thread_id, body=written("x"), files=[New(taken_in, "")]
        )
    with scene.db.transaction(write=False) as tx:
        assert attachments.of_post(ANONYMOUS, tx=tx, post_id=scene.posted()) == ()
