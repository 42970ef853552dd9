"""`python -m core.preparation`: bring the database up to date and issue the first key.

One Python start for two commands: a start costs a second where `up` has ten.
"""

import os

import django
from django.core.management import call_command

from core.home import Home


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    key = str(Home.from_environment().dev_key)
    call_command("issue_key", "--tenant", "default", "--if-none", "--out", key)


if __name__ == "__main__":
    main()
