"""Mail that goes out: written in two languages and both directions, queued in the business transaction, sent by a job.

:func:`queue` is what others call. A mail is a :class:`Letter`: words, a button, a few facts; its text and its page are
made of the same. Whether mail is set up at all says the section ``[mail]`` of the configuration.
"""

from .letters import Enclosure, Letter
from .queueing import is_set_up, queue

__all__ = ["Enclosure", "Letter", "is_set_up", "queue"]
