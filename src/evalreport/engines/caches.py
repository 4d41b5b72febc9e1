"""Key-value caches: one that grows without copying, and one prefix that all rows of a batch share.

Both stand in for transformers' `DynamicLayer`, and only where every layer of the model is one: a
model with sliding windows, state spaces or shared layers keeps its own cache and shares nothing.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

_GROWTH = 64  # tokens by which a full buffer grows


def has_plain_cache(model: Any) -> bool:
    """Whether every layer of the model attends to all positions and caches them plainly."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    text = model.config.get_text_config(decoder=True)
    if getattr(text, "sliding_window", None) or getattr(text, "alibi", False):
        return False
    # Positions enter through the mask, or the attention has a window of its own.
    if text.model_type in {"bloom", "mpt", "gpt_neo"}:
        return False
    layers = DynamicCache(config=model.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def growing_cache(model: Any, *, prefix: Any = None, rows: int = 1) -> Any:
    """An empty cache that grows in place, or one that begins with a prefix for each row.

    Args:
        model: Whose cache it is; `has_plain_cache` must hold.
        prefix: A cache of one row, filled with the prefix.
        rows: Of the batch.
    """
    from transformers.cache_utils import DynamicCache

    made = DynamicCache(config=model.config)
    made.layers = [_growing_layer()() for _ in made.layers]
    if prefix is not None:
        for layer, source in zip(made.layers, prefix.layers, strict=True):
            layer.begin(source.keys, source.values, rows)
    return made


def joined_cache(parts: Sequence[Any]) -> Any:
    """Growing caches of several groups of rows as one; their rows are of one length."""
    import torch

    whole = parts[0]
    if len(parts) > 1:
        for layers in zip(*(part.layers for part in parts), strict=True):
            layers[0].take(
                torch.cat([layer.keys for layer in layers]),
                torch.cat([layer.values for layer in layers]),
            )
    return whole


def shared_prefix_cache(model: Any, prefix: Any) -> Any:
    """A cache for one forward pass that puts a prefix before each row and keeps nothing.

    Args:
        model: Whose cache it is; `has_plain_cache` must hold.
        prefix: A cache of one row, filled with the prefix.
    """
    from transformers.cache_utils import DynamicCache

    made = DynamicCache(config=model.config)
    made.layers = [_prefix_layer()(source.keys, source.values) for source in prefix.layers]
    return made


@cache
def _growing_layer() -> Any:
    from torch import Tensor
    from transformers.cache_utils import DynamicLayer

    class GrowingLayer(DynamicLayer):  # type: ignore[misc]  # transformers has no types
        """Keys and values at the front of a larger buffer: a new token is written, not copied."""

        def begin(self, keys: Tensor, values: Tensor, rows: int) -> None:
            """Start with the same keys and values in every row."""
            self.lazy_initialization(keys, values)
            self.keys = keys.new_empty((rows, keys.shape[1], 0, keys.shape[3]))
            self.values = values.new_empty((rows, values.shape[1], 0, values.shape[3]))
            self._append(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1))

        def take(self, keys: Tensor, values: Tensor) -> None:
            """Hold these in place of what was held."""
            self.keys, self.values = keys, values
            self._key_room = self._value_room = None

        def update(
            self,
            key_states: Tensor,
            value_states: Tensor,
            *args: Any,  # noqa: ARG002 - the signature is transformers'
            **kwargs: Any,  # noqa: ARG002
        ) -> tuple[Tensor, Tensor]:
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
                self.keys = key_states[:, :, :0]
                self.values = value_states[:, :, :0]
            self._append(key_states, value_states)
            return self.keys, self.values

        def _append(self, keys: Tensor, values: Tensor) -> None:
            self.keys = self._extended("_key_room", self.keys, keys)
            self.values = self._extended("_value_room", self.values, values)

        def _extended(self, name: str, held: Tensor, new: Tensor) -> Tensor:
            start, end = held.shape[2], held.shape[2] + new.shape[2]
            room = getattr(self, name, None)
            if room is None or room.shape[0] != new.shape[0] or room.shape[2] < end:
                room = new.new_empty((*new.shape[:2], end + _GROWTH, new.shape[3]))
                room[:, :, :start] = held
                setattr(self, name, room)
            room[:, :, start:end] = new
            return room[:, :, :end]

        def reorder_cache(self, beam_idx: Tensor) -> None:
            self.take(self.keys.index_select(0, beam_idx), self.values.index_select(0, beam_idx))

    return GrowingLayer


@cache
def _prefix_layer() -> Any:
    from torch import Tensor, cat
    from transformers.cache_utils import DynamicLayer

    class PrefixLayer(DynamicLayer):  # type: ignore[misc]  # transformers has no types
        """Keys and values of a prefix, put before those of each row and otherwise left alone."""

        def __init__(self, keys: Tensor, values: Tensor) -> None:
            super().__init__()
            self.keys, self.values = keys, values
            self.is_initialized = True

        def update(
            self,
            key_states: Tensor,
            value_states: Tensor,
            *args: Any,  # noqa: ARG002 - the signature is transformers'
            **kwargs: Any,  # noqa: ARG002
        ) -> tuple[Tensor, Tensor]:
            rows = key_states.shape[0]
            return (
                cat([self.keys.expand(rows, -1, -1, -1), key_states], dim=2),
                cat([self.values.expand(rows, -1, -1, -1), value_states], dim=2),
            )

    return PrefixLayer
