"""Builds that break a promise on purpose, one each, to see whether the checker notices: SABOTAGE names which."""

import itertools
import os

from deploy.gunicorn import *  # noqa: F403
from deploy.gunicorn import post_worker_init as really_start


def acknowledge_before_storing():
    """Answer at once and store a little later."""
    import gevent

    from models import writer
    from models.messages import Stored

    really_store, counters = writer.store, {}

    def acknowledge_first(new):
        gevent.spawn_later(0.3, really_store, new)
        counters[new.conversation_id] = counters.get(new.conversation_id, 2) + 1
        return Stored(new, counters[new.conversation_id], {})

    writer.store = acknowledge_first


def forget_what_was_sent():
    """Store a message that is sent again once more."""
    from models import sequence

    really_append, numbers = sequence.append, itertools.count()

    def forgetful(connection, news):
        for new in news:
            new.client_id = f"{next(numbers):08x}{new.client_id[8:]}" if new.client_id else None
        return really_append(connection, news)

    from models import writer

    writer.append = forgetful


def lose_a_number():
    """Take a number now and then that no message gets."""
    from models.sequence import Head

    really_take, times = Head.take, itertools.count()

    def careless(self, new):
        if next(times) % 20 == 19:
            self.last_seq += 1
        return really_take(self, new)

    Head.take = careless


def leak_between_rooms():
    """Tell every reader of a conversation everything that is said in it."""
    from realtime import feed

    really_push = feed.push

    def leaky(stored, whose):
        stored.prev = dict.fromkeys(whose.readers, stored.seq - 1)
        really_push(stored, whose)

    feed.push = leaky


BUILDS = {
    "ack-before-commit": acknowledge_before_storing,
    "no-memory": forget_what_was_sent,
    "lost-number": lose_a_number,
    "room-leak": leak_between_rooms,
}


def post_worker_init(worker):
    """Break one promise, then start as users do."""
    BUILDS[os.environ["SABOTAGE"]]()
    really_start(worker)
