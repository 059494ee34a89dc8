"""The web process: `gunicorn -k gevent wsgi:app`, and what the flask command finds by itself."""

import gc

gc.disable()  # what is loaded now stays to the end: looking through it again and again took a fifth of the start

from app import create_app  # noqa: E402

app = create_app()

gc.freeze()
gc.enable()
