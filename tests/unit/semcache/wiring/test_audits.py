from dataclasses import replace

import pytest

from semcache import conf
from semcache.errors import ConfigurationError
from semcache.providers import catalog
from semcache.wiring.audits import Audits
from semcache.wiring.stores import Stores

LISTED = catalog.embedded("http://127.0.0.1:9/v1")


async def test_a_judge_model_that_nobody_has_is_refused_at_start() -> None:
    settings = replace(conf.load(), redis_url="redis://127.0.0.1:9", judge_model="gpt-99")
    stores = Stores(settings, connections=1)

    with pytest.raises(ConfigurationError, match="gpt-99' is no chat model"):
        Audits(settings, stores, catalog=LISTED, providers={})
