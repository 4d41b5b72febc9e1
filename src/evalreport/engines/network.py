"""One forward pass: tokens in, logits in float32 at the positions that are asked for, and no more.

The output head of a small model costs as much as all its layers, and its logits are the largest
tensor of all; so the head sees only the positions whose logits are read.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evalreport.engines.caches import has_plain_cache

_CHUNK = 512  # positions whose logits are held in float32 at once
_LOGIT_BYTES = 1 << 18  # that a token of the budget stands for
_SHORTEST_PREFIX = 32  # tokens: below, sharing a prefix costs more than it saves


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded model and what is known about calling it.

    Attributes:
        model: Of transformers, in evaluation mode.
        device: Where its inputs go.
        takes: Names of its inputs.
        window: Tokens that fit; None when it has no limit.
        is_plain: Whether all layers attend to all positions, so that masks and caches may be
            ours.
        logit_cost: What the logits of one position cost in memory, in tokens of a budget.
    """

    model: Any
    device: str
    takes: frozenset[str]
    window: int | None
    is_plain: bool
    logit_cost: float

    def inputs(self, **given: Any) -> dict[str, Any]:
        """Those of the inputs that this model takes."""
        return {name: value for name, value in given.items() if name in self.takes}

    @property
    def writes(self) -> bool:
        """Whether it can go on from a text: state-space models keep their state in other ways."""
        return "past_key_values" in self.takes

    def prefix(self, ids: Sequence[int]) -> Any:
        """A cache of one row, filled with these tokens."""
        import torch

        row = torch.tensor([list(ids)], device=self.device)
        with torch.inference_mode():
            return self.model(
                **self.inputs(input_ids=row, use_cache=True, logits_to_keep=1)
            ).past_key_values

    def logits_at(self, rows: Any, columns: Any, **given: Any) -> tuple[Any, Any]:
        """Logits at some positions of a batch, in the model's own number format, and its cache.

        Args:
            rows: Of the positions, shape (positions,).
            columns: Of the positions, shape (positions,).
            given: The model's inputs; those that it does not take are left out.

        Returns:
            Logits of shape (positions, vocabulary), and the cache where one was asked for.
        """
        with _head_sees_only(self.model, rows, columns):
            out = self.model(**self.inputs(**given))
        picked = out.logits.shape[0] == 1 and out.logits.shape[1] == len(rows)
        logits = out.logits[0] if picked else out.logits[rows, columns]
        return logits, getattr(out, "past_key_values", None)


def network_of(model: Any, device: str) -> Network:
    """A network, with what its class and configuration say about calling it."""
    text = model.config.get_text_config(decoder=True)
    names = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
    windows = (getattr(text, name, None) for name in names)
    return Network(
        model=model,
        device=device,
        takes=frozenset(inspect.signature(model.forward).parameters),
        window=next((int(size) for size in windows if isinstance(size, int)), None),
        is_plain=has_plain_cache(model),
        logit_cost=text.vocab_size * model.dtype.itemsize / _LOGIT_BYTES,
    )


@contextmanager
def _head_sees_only(model: Any, rows: Any, columns: Any) -> Iterator[None]:
    """Inside, the output head is given these positions alone, as one row of a batch.

    They are copied together: the head's product with a slice would copy its weight for each row.
    Whatever a model does to its logits afterwards (scaling, capping) is done position by position
    and so stays what it is.
    """
    head = model.get_output_embeddings()
    if head is None:
        yield
        return

    def picked(_: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return (given[0][rows, columns].unsqueeze(0), *given[1:])

    handle = head.register_forward_pre_hook(picked)
    try:
        yield
    finally:
        handle.remove()


def log_likelihoods(logits: Any, targets: Any) -> tuple[Any, Any]:
    """Natural-log likelihoods of target tokens and whether each was the likeliest, in float32.

    Args:
        logits: In any number format, shape (positions, vocabulary).
        targets: Token ids, shape (positions,).

    Returns:
        Two tensors of shape (positions,): float32, and bool.
    """
    import torch

    likelihoods, greedy = [], []
    for chunk, wanted in zip(logits.split(_CHUNK), targets.split(_CHUNK), strict=True):
        exact = chunk.float()
        of_target = exact.gather(1, wanted[:, None])[:, 0]
        likelihoods.append(of_target - exact.logsumexp(1))
        greedy.append(exact.argmax(1) == wanted)
    return torch.cat(likelihoods), torch.cat(greedy)


def shared_prefix(sequences: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all sequences begin with, when that is worth computing once; else 0.

    Each sequence keeps at least its last token for itself.
    """
    if len(sequences) < 2:
        return 0
    # The least and the greatest differ earliest, of all pairs.
    low, high = min(sequences), max(sequences)
    pairs = zip(low, high, strict=False)
    common = next((at for at, (one, other) in enumerate(pairs) if one != other), len(low))
    common = min(common, min(len(one) for one in sequences) - 1)
    return common if common >= _SHORTEST_PREFIX else 0
