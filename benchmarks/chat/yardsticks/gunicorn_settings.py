"""gunicorn for the yardsticks: one gevent worker, as the product has."""

worker_class = "gevent"
workers = 1
worker_connections = 20_000
accesslog = None
loglevel = "warning"
control_socket_disable = True
