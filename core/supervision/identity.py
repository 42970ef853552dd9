"""As whom a process runs: ourselves, or a system user with none of our groups."""

import pwd
from typing import Any


def of(user_id: int | None) -> dict[str, Any]:
    """Return the keywords for `subprocess`; without the group, root's would stay and shut doors."""
    if user_id is None:
        return {}
    return {"user": user_id, "group": pwd.getpwuid(user_id).pw_gid, "extra_groups": []}
