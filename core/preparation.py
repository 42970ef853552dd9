"""`python -m core.preparation`: check settings, bring the database up to date, issue a first key.

One Python start for three commands: a start costs a second where `up` has ten.
"""

import os
import sys

import django
from django.core.management import CommandError, call_command

from core.home import Home


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    django.setup()
    key = str(Home.from_environment().dev_key)
    try:
        call_command("check")
        call_command("migrate", interactive=False, verbosity=1)
        call_command("issue_key", "--tenant", "default", "--if-none", "--out", key)
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
