import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.home import CHECKOUT
from core.supervision import lock
from core.supervision.errors import HomeTakenError

HOLDER = """
import sys, time
sys.path.insert(0, {checkout!r})
from pathlib import Path
from core.supervision import lock
with lock.held(Path({path!r}), base_url="http://127.0.0.1:8123"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_holder_hears_who_the_first_is_until_that_one_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    code = HOLDER.format(checkout=str(CHECKOUT), path=str(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        told = rf"process {other.pid}, http://127\.0\.0\.1:8123"
        with pytest.raises(HomeTakenError, match=told), lock.held(path, base_url=""):
            pass
        other.kill()
    with lock.held(path, base_url="http://127.0.0.1:8000"):
        assert str(os.getpid()) in path.read_text()
