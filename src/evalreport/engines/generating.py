"""Generation: greedy or sampled, each row stopped by itself, its luck independent of its batch.

Every row has its own random numbers, drawn from a hash of the seed, the draw and the item, and
turned into tokens by the inverse of the cumulative distribution. So the same question gets the
same numbers in any batch, with any neighbours, in any order; and two arms that are asked the same
question get the same numbers, which takes noise out of their comparison. What a batch can still
change is rounding: a token may differ where two are as likely as each other within it.

The sampling defaults that some models carry (top_k, repetition_penalty, ...) are not applied:
what the spec says about decoding is all there is.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from evalreport.digest import digest_of
from evalreport.engines.caches import growing_cache, joined_cache
from evalreport.engines.network import Network, shared_prefix
from evalreport.records import Decoding, Failure

_SPARSE: Final = 0.75  # share of rows still running below which the finished ones are dropped
_TAIL_BYTES: Final = 8  # beside a stop string: a token may begin before it or hold half a character


@dataclass(frozen=True, slots=True)
class Opening:
    """A prompt to go on from, as tokens.

    `luck` decides its random numbers; `room` is how many tokens may follow.
    """

    prompt: tuple[int, ...]
    decoding: Decoding
    luck: str
    room: int

    @property
    def size(self) -> int:
        """Tokens that it may hold at its end."""
        return len(self.prompt) + self.room


@dataclass(frozen=True, slots=True)
class Written:
    """What followed: its tokens without the one that ended it, and how it ended.

    `cut` is where a stop string begins in the text, when one ended it.
    """

    ids: tuple[int, ...]
    finish: Literal["stop", "length"]
    cut: int | None = None


def luck_of(item: str, decoding: Decoding, draw: int, turn: int = 0) -> str:
    """What decides the random numbers of one question, or of one turn (from 0) of several."""
    return digest_of("luck", item, decoding.seed, draw, *((turn,) if turn else ()))


@dataclass(slots=True)
class _Row:
    """One opening while it is written."""

    at: int  # in the batch that was given
    opening: Opening
    random: random.Random
    ids: list[int] = field(default_factory=list)


def generate(
    network: Network,
    openings: Sequence[Opening],
    *,
    stop_ids: frozenset[int],
    text: Callable[[Sequence[int]], str],
    pad_id: int,
    pass_tokens: int,
) -> list[Written | Failure]:
    """Go on from each prompt of a batch.

    Args:
        network: A loaded model.
        openings: The batch; each has room for at least one token.
        stop_ids: Tokens that end a row.
        text: What tokens say, to look for stop strings in.
        pad_id: Any token.
        pass_tokens: Prompt tokens that one forward pass may hold.
    """
    import torch

    results: list[Written | Failure] = [Failure(reason="never written")] * len(openings)
    running = [_Row(at, one, random.Random(one.luck)) for at, one in enumerate(openings)]  # noqa: S311
    with torch.inference_mode():
        state = _prefill(network, running, pad_id, pass_tokens)
        while running:
            chosen = _choose(state.logits, running)
            left: list[int] = []
            for place, (row, token) in enumerate(zip(running, chosen, strict=True)):
                done = _advance(row, token, stop_ids, text)
                if done is None:
                    left.append(place)
                else:
                    results[row.at] = done
            if len(left) == len(running):
                state.step(network, chosen)
                continue
            tokens = [chosen[place] for place in left]
            running = [running[place] for place in left]
            if running:
                state.keep(left)
                state.step(network, tokens)
    return results


def _advance(
    row: _Row, token: int | None, stop_ids: frozenset[int], text: Callable[[Sequence[int]], str]
) -> Written | Failure | None:
    """Take a row's next token; what it has become when that ends it."""
    if token is None:
        return Failure(reason="the model's logits are not finite")
    if token in stop_ids:
        return Written(tuple(row.ids), "stop")
    row.ids.append(token)
    cut = _stopped(row, text)
    if cut is not None:
        return Written(tuple(row.ids), "stop", cut)
    if len(row.ids) >= row.opening.room:
        return Written(tuple(row.ids), "length")
    return None


def _stopped(row: _Row, text: Callable[[Sequence[int]], str]) -> int | None:
    """Where the first stop string begins in the text so far; None when there is none."""
    stops = row.opening.decoding.stop
    if not stops:
        return None
    reach = max(len(stop.encode("utf-8", "surrogatepass")) for stop in stops) + _TAIL_BYTES
    if not any(stop in text(row.ids[-reach:]) for stop in stops):
        return None
    whole = text(row.ids)
    found = [at for at in (whole.find(stop) for stop in stops) if at >= 0]
    return min(found, default=None)


# The batch on the device


@dataclass(slots=True)
class _State:
    """Logits, cache, mask and positions of the rows that are held, some of them finished.

    `rows` are the places of the running ones among those held.
    """

    logits: Any
    cache: Any
    mask: Any
    position: Any
    rows: list[int]

    def keep(self, places: Sequence[int]) -> None:
        """Go on with some of the running rows; the others are dropped when they are many."""
        import torch

        self.rows = [self.rows[place] for place in places]
        if len(self.rows) > _SPARSE * len(self.mask):
            return
        index = torch.tensor(self.rows, device=self.mask.device)
        self.cache.reorder_cache(index)
        self.mask, self.position = self.mask[index], self.position[index]
        self.rows = list(range(len(self.rows)))

    def step(self, network: Network, tokens: Sequence[int | None]) -> None:
        """Feed the next token of each running row; a finished one is fed anything."""
        import torch

        held = len(self.mask)
        fed = torch.zeros(held, 1, dtype=torch.long)
        for row, token in zip(self.rows, tokens, strict=True):
            fed[row, 0] = token
        self.mask = torch.cat([self.mask, self.mask.new_ones(held, 1)], dim=1)
        self.position = self.position + 1
        out = network.model(
            **network.inputs(
                input_ids=fed.to(network.device),
                attention_mask=self.mask,
                position_ids=self.position[:, None],
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=1,
            )
        )
        self.cache = out.past_key_values
        self.logits = out.logits[:, -1][self.rows] if len(self.rows) < held else out.logits[:, -1]


def _prefill(network: Network, running: Sequence[_Row], pad_id: int, pass_tokens: int) -> _State:
    """Read all prompts, padded on the left; what they begin with in common only once."""
    import torch

    prompts = [row.opening.prompt for row in running]
    shared = shared_prefix(prompts) if network.is_plain else 0
    prefix = network.prefix(prompts[0][:shared]) if shared else None
    rests = [prompt[shared:] for prompt in prompts]
    length = max(len(rest) for rest in rests)
    pads = [length - len(rest) for rest in rests]
    ids = [[pad_id] * pad + list(rest) for pad, rest in zip(pads, rests, strict=True)]
    mask = [[1] * shared + [0] * pad + [1] * (length - pad) for pad in pads]
    positions = [[0] * pad + list(range(shared, shared + length - pad)) for pad in pads]
    tokens = torch.tensor(ids, device=network.device)
    attention = torch.tensor(mask, device=network.device)
    position = torch.tensor(positions, device=network.device)
    # Only a cache of ours can be put together from parts.
    rows = max(pass_tokens // length, 1) if network.is_plain else len(running)
    logits, caches = [], []
    for start in range(0, len(running), rows):
        part = slice(start, start + rows)
        every = torch.arange(len(tokens[part]), device=network.device)
        cache = (
            growing_cache(network.model, prefix=prefix, rows=len(every))
            if network.is_plain
            else None
        )
        last, filled = network.logits_at(
            every,
            torch.full_like(every, length - 1),
            input_ids=tokens[part],
            attention_mask=attention[part],
            position_ids=position[part],
            past_key_values=cache,
            use_cache=True,
        )
        logits.append(last)
        caches.append(filled)
    return _State(
        logits=torch.cat(logits),
        cache=joined_cache(caches),
        mask=attention,
        position=position[:, -1],
        rows=list(range(len(running))),
    )


def _choose(logits: Any, running: Sequence[_Row]) -> list[int | None]:
    """The next token of each row; None where its logits hold what is no number."""
    import torch

    highest, greedy = logits.float().max(dim=-1)
    chosen: list[int | None] = greedy.tolist()
    finite = torch.isfinite(highest).tolist()
    drawing = [
        at for at, row in enumerate(running) if row.opening.decoding.temperature > 0 and finite[at]
    ]
    if drawing:
        for at, token in zip(drawing, _draw(logits[drawing], running, drawing), strict=True):
            chosen[at] = token
    return [token if known else None for token, known in zip(chosen, finite, strict=True)]


def _draw(logits: Any, running: Sequence[_Row], drawing: Sequence[int]) -> list[int]:
    """Sampled tokens: the inverse of the cumulative distribution at each row's own number."""
    import torch

    decodings = [running[at].opening.decoding for at in drawing]
    heat = torch.tensor([one.temperature for one in decodings], dtype=torch.float64)
    kept = torch.tensor([one.top_p for one in decodings], dtype=torch.float64)
    numbers = torch.tensor([running[at].random.random() for at in drawing], dtype=torch.float64)
    shares = torch.softmax(logits.double().cpu() / heat[:, None], dim=-1)
    if bool((kept < 1).any()):
        ranked, order = shares.sort(dim=-1, descending=True, stable=True)
        before = ranked.cumsum(dim=-1) - ranked
        beyond = (before >= kept[:, None]) & (kept < 1)[:, None]
        beyond[:, 0] = False  # the likeliest token always stays
        shares = shares.scatter(-1, order, ranked.masked_fill(beyond, 0.0))
    summed = shares.cumsum(dim=-1)
    wanted = numbers[:, None] * summed[:, -1:]
    tokens = torch.searchsorted(summed, wanted, right=True)[:, 0]
    # A number at the very end may fall behind the last token that has a share.
    last = shares.shape[-1] - 1 - (shares.flip(-1) > 0).int().argmax(dim=-1)
    return [int(token) for token in torch.minimum(tokens, last).tolist()]
