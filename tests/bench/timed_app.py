"""What a bench's gunicorn loads: the application as `wsgi.py` makes it, with a stopwatch in front."""

from __future__ import annotations

from cop.app import create_app, start
from cop.settings import Settings
from tests.bench.timed import watch_writes, watched

app = create_app(Settings.from_env())
watch_writes()
start(app)
watched(app)
