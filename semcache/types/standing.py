from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the labels of a tenant's category have taught; `category` "" speaks for all of them.

    `labels`: drawn requests whose outcome is known. `weights`: the pair model moved towards this
    tenant, () for the pooled one; `model`: the version of the pooled one that they and the
    thresholds belong to, and are read with only. `thresholds`: (max_error, least probability) that
    the labels support. `floor`: least probability since an alarm, 0 without. `version`
    counts changes. `contextual`: the audit supports comparing whole conversations.
    """

    category: str = ""
    version: int = 0
    labels: int = 0
    model: str = ""
    weights: tuple[float, ...] = ()
    thresholds: tuple[tuple[float, float], ...] = ()
    floor: float = 0.0
    contextual: bool = False


UNKNOWN = Standing()
