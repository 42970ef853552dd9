from semcache.providers import prices
from semcache.providers.prices import Price
from semcache.types.usage import Usage

USAGE = Usage(prompt_tokens=2_000_000, completion_tokens=500_000)


def test_the_price_of_the_providers_file_wins() -> None:
    price = Price(input_usd_per_mtok=3.0, output_usd_per_mtok=10.0)

    assert prices.cost_usd(USAGE, model="gpt-4o", price=price) == 11.0


def test_a_free_model_costs_nothing() -> None:
    free = Price(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0)

    assert prices.cost_usd(USAGE, model="local", price=free) == 0.0


def test_a_known_models_price_need_not_be_written_down() -> None:
    cost_usd = prices.cost_usd(USAGE, model="gpt-4o", price=None)

    assert cost_usd is not None
    assert cost_usd > 1.0


def test_a_model_that_nobody_knows_has_no_price_which_is_not_nothing() -> None:
    assert prices.cost_usd(USAGE, model="no-such-model-anywhere", price=None) is None
