"""The study room: the only room that stores.

with kl.study.Study.create("garden", title="The garden study", passphrase="…") as study:
    study.people.add(kl.study.Person("P01", consent=True))
    study.accounts.add(accounts)
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
