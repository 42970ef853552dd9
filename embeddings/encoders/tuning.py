import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from embeddings.encoders import cross
from embeddings.encoders import text as texting
from embeddings.errors import EncoderMissingError

BATCH, RATE, WARM = 16, 5e-5, 0.1
"""Pairs a step; the highest learning rate, and the share of the steps it takes to get there."""

Progress = Callable[[int, int], None]
Batch = list[tuple[str, str, bool]]


def tune(
    base: str,
    out: Path,
    *,
    pairs: Sequence[tuple[str, str]],
    right: Sequence[bool],
    epochs: int,
    seed: int,
    progress: Progress,
) -> None:
    """Train a cross-encoder on labelled pairs, from a model, and save it.

    Whether two texts ask for the same does not hang on their order, so each pair is read in a
    random one. Sentence-transformers' own trainer wants two more libraries; this is as long as the
    call of it.

    Args:
        base: name or folder of a cross-encoder, or of an encoder, which gets a new head.
        out: the folder to write.
        epochs: how often each pair is seen; 0 saves the model as it is.
        progress: told of steps done, and of all.

    Raises:
        EncoderMissingError: The library or the model is not there.
    """
    try:
        import torch  # noqa: PLC0415 - seconds
    except ImportError as error:
        raise EncoderMissingError("torch is not installed: run `make sentence`") from error
    torch.manual_seed(seed)  # the head's first weights, and what is dropped
    model = cross.load(base)
    network = model.model
    batches = list(_batches(pairs, right, epochs=epochs, seed=seed))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(batches)))
    network.train()
    for step, batch in enumerate(batches, start=1):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(**_tokens(model, batch)).logits[:, 0],
            torch.tensor([float(same) for *_, same in batch]).to(network.device),
        )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rates.step()
        optimizer.zero_grad()
        progress(step, len(batches))
    network.eval()
    model.save_pretrained(str(out))


def _batches(
    pairs: Sequence[tuple[str, str]], right: Sequence[bool], *, epochs: int, seed: int
) -> Iterator[Batch]:
    chance = random.Random(seed)
    rows = [(one, other, same) for (one, other), same in zip(pairs, right, strict=True)]
    for _ in range(epochs):
        chance.shuffle(rows)
        turned = [
            (other, one, same) if chance.random() < 0.5 else (one, other, same)  # noqa: PLR2004
            for one, other, same in rows
        ]
        for start in range(0, len(turned), BATCH):
            yield turned[start : start + BATCH]


def _rate(step: int, steps: int) -> float:
    """Rise to 1 within the first tenth of the steps, then fall to 0."""
    warm = max(1.0, WARM * steps)
    return min((step + 1) / warm, (steps - step) / max(1.0, steps - warm), 1.0)


def _tokens(model: Any, batch: Batch) -> Any:
    return model.tokenizer(
        [texting.readable(one) for one, *_ in batch],
        [texting.readable(other) for _, other, _ in batch],
        padding=True,
        truncation=True,
        max_length=cross.MAX_TOKENS,
        return_tensors="pt",
    ).to(model.model.device)
