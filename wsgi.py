"""What gunicorn and `cop serve` load."""

from cop.app import create_app, start
from cop.demo.start import show_sign_ins
from cop.settings import Settings

app = create_app(Settings.from_env())
start(app)
show_sign_ins(app)
