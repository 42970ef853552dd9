"""What tokens cost. A price in the providers file wins; else genai-prices' table by model name."""

from dataclasses import dataclass

from semcache.types.usage import Usage

_MILLION = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars a million tokens."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float


def cost_usd(usage: Usage, *, model: str, price: Price | None) -> float | None:
    """Price a call; None where nobody knows, which is not the same as nothing."""
    if price is not None:
        spent = usage.prompt_tokens * price.input_usd_per_mtok
        spent += usage.completion_tokens * price.output_usd_per_mtok
        return spent / _MILLION
    # Its table takes a while to load; only a worker that bills a call needs it.
    import genai_prices  # noqa: PLC0415

    counted = genai_prices.Usage(
        input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens
    )
    try:
        return float(genai_prices.calc_price(counted, model_ref=model).total_price)
    except LookupError:
        return None
