"""What gunicorn and `cop serve` load."""

from cop.app import create_app, start
from cop.settings import Settings

app = create_app(Settings.from_env())
start(app)
