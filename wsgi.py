"""The web process: `gunicorn -k gevent wsgi:app`, and what the flask command finds by itself."""

from app import create_app

app = create_app()
