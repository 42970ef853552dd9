"""SEMCACHE_HOME: the embedded services' data and addresses, the first key, the logs."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from core import env

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Where the embedded services of one home answer; an empty address is not running embedded."""

    database_url: str = ""
    redis_url: str = ""
    model_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        return cls(path=Path(env.text("SEMCACHE_HOME", str(CHECKOUT / ".semcache"))).resolve())

    @property
    def dev_key(self) -> Path:
        return self.path / "dev-key"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def services_file(self) -> Path:
        return self.path / "services.json"

    @property
    def secret_key_file(self) -> Path:
        return self.path / "secret-key"

    def services(self) -> Services:
        """Read where the embedded services answer; nothing where `make run` never ran."""
        try:
            return Services(**json.loads(self.services_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Services()

    def record(self, services: Services) -> None:
        """Write where the embedded services answer, for commands in other terminals."""
        draft = self.services_file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(services), indent=2) + "\n", encoding="utf-8")
        draft.replace(self.services_file)
