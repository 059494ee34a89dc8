"""How gunicorn serves the product: one gevent worker per port, because every socket lives in one process."""

from config import load

settings = load()
bind = f"{settings.host}:{settings.port}"
worker_class = "gevent"
workers = 1
worker_connections = 10_000
graceful_timeout = 2
timeout = 60
keepalive = 5
accesslog = None
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker):
    """Start what lives beside the web server, once the worker is patched and the application loaded."""
    import realtime
    import worker as jobs
    from wsgi import app

    realtime.start(app)
    realtime.before_the_end(worker.handle_exit)
    if settings.embedded_worker:
        jobs.start(app)
    worker.log.warning("%s serves on %s", settings.product_name, settings.url)


def worker_exit(server, worker):
    """Let go of the mail servers, so that whoever comes next need not wait."""
    import worker as jobs

    jobs.end()
