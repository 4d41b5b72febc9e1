"""Log-likelihoods of given continuations: the context once, each continuation once.

The continuations of one context (the choices of a question) share a row: the context, then each
continuation, which sees the context and itself alone and counts its positions from the context's
end. A context that all questions of a call begin with (worked examples) is computed once for all.
The last token of a continuation is never fed: nothing is predicted from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, isfinite
from typing import Any

from evalreport.engines.caches import shared_prefix_cache
from evalreport.engines.network import Network, log_likelihoods, shared_prefix
from evalreport.engines.prompts import Continuation
from evalreport.records import Failure

_EXACT = 2e-3  # nats by which float32 may differ between two ways of computing the same
_ROUGH = 0.03  # the same in formats of 8 to 11 bits, as a share of the log-likelihood, and ...
_ROUGH_NATS = 0.5  # ... beside it


@dataclass(frozen=True, slots=True)
class Tree:
    """A context and what may follow it, as tokens."""

    context: tuple[int, ...]
    continuations: tuple[Continuation, ...]

    @property
    def size(self) -> int:
        """Tokens that are fed when all continuations share a row."""
        return len(self.context) + sum(max(len(one.ids) - 1, 0) for one in self.continuations)

    @property
    def positions(self) -> int:
        """Positions whose logits are read."""
        return sum(len(one.ids) for one in self.continuations)

    @property
    def longest(self) -> int:
        """Tokens of the context with its longest continuation: what the window must hold."""
        return len(self.context) + max((len(one.ids) for one in self.continuations), default=0)

    def alone(self) -> tuple["Tree", ...]:
        """One tree for each continuation."""
        return tuple(Tree(self.context, (one,)) for one in self.continuations)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of one continuation: natural-log likelihood over its scored tokens."""

    nats: float
    tokens: int
    greedy_tokens: int


@dataclass(frozen=True, slots=True)
class TreeScorer:
    """Scores trees on a network; how was settled on the first ones.

    Attributes:
        network: A loaded model.
        packs: Whether continuations share a row.
        prefix: Tokens that every tree begins with, computed once.
        prefix_cache: Their cache.
    """

    network: Network
    packs: bool
    prefix: int = 0
    prefix_cache: Any = None

    def size(self, tree: Tree) -> int:
        """Tokens that a tree costs in a batch: those fed, or those its logits are worth."""
        fed = tree.size - self.prefix if self.packs else sum(one.size for one in tree.alone())
        return max(fed, ceil(tree.positions * self.network.logit_cost))

    def score(self, trees: Sequence[Tree]) -> list[tuple[Likelihood, ...] | Failure]:
        """The likelihoods of each tree's continuations; a Failure where logits are not finite."""
        if not trees:
            return []
        rows = trees if self.packs else [one for tree in trees for one in tree.alone()]
        found = iter(self._rows(rows))
        results: list[tuple[Likelihood, ...] | Failure] = []
        for tree in trees:
            parts = [next(found) for _ in ((tree,) if self.packs else tree.continuations)]
            lost = [part for part in parts if isinstance(part, Failure)]
            results.append(
                lost[0]
                if lost
                else tuple(one for part in parts if not isinstance(part, Failure) for one in part)
            )
        return results

    def _rows(self, trees: Sequence[Tree]) -> list[tuple[Likelihood, ...] | Failure]:
        import torch

        laid = [_lay_out(tree, self.prefix) for tree in trees]
        length = max(len(row.ids) for row in laid)
        device = self.network.device

        def padded(part: Callable[[_Row], Sequence[int]], fill: int) -> Any:
            values = [[*part(row), *[fill] * (length - len(row.ids))] for row in laid]
            return torch.tensor(values, device=device)

        rows = [at for at, row in enumerate(laid) for _ in row.reads]
        columns = [column for row in laid for column in row.reads]
        targets = torch.tensor([target for row in laid for target in row.targets], device=device)
        if not rows:
            return [row.likelihoods([], []) for row in laid]
        with torch.inference_mode():
            branches = padded(lambda row: row.branches, -1)
            mask = (
                _mask(branches, self.prefix, self.network.model.dtype)
                if self.prefix or bool((branches > 1).any())
                else None
            )
            past = (
                shared_prefix_cache(self.network.model, self.prefix_cache) if self.prefix else None
            )
            logits, _ = self.network.logits_at(
                torch.tensor(rows, device=device),
                torch.tensor(columns, device=device),
                input_ids=padded(lambda row: row.ids, 0),
                position_ids=padded(lambda row: row.positions, 0),
                attention_mask=mask,
                past_key_values=past,
                use_cache=past is not None,
            )
            nats, greedy = log_likelihoods(logits, targets)
        told = iter(zip(nats.tolist(), greedy.tolist(), strict=True))
        results: list[tuple[Likelihood, ...] | Failure] = []
        for row in laid:
            pairs = [next(told) for _ in row.reads]
            results.append(row.likelihoods([one for one, _ in pairs], [two for _, two in pairs]))
        return results


@dataclass(frozen=True, slots=True)
class _Row:
    """A tree as one row of a batch.

    `branches` tells which continuation a token belongs to (0: the context); `reads` are the
    positions whose logits predict `targets`, continuation by continuation, `counts` of each.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    branches: tuple[int, ...]
    reads: tuple[int, ...]
    targets: tuple[int, ...]
    counts: tuple[int, ...]

    def likelihoods(
        self, nats: Sequence[float], greedy: Sequence[bool]
    ) -> tuple[Likelihood, ...] | Failure:
        """The likelihood of each continuation from those of its tokens."""
        if not all(isfinite(one) for one in nats):
            return Failure(reason="the model's logits are not finite")
        results: list[Likelihood] = []
        at = 0
        for count in self.counts:
            part = slice(at, at + count)
            results.append(Likelihood(sum(nats[part]), count, sum(greedy[part])))
            at += count
        return tuple(results)


def _lay_out(tree: Tree, skipped: int) -> _Row:
    """A tree as a row, without the first tokens of its context, which a cache holds."""
    end = len(tree.context)
    ids = list(tree.context[skipped:])
    positions = list(range(skipped, end))
    branches = [0] * len(ids)
    reads: list[int] = []
    targets: list[int] = []
    for number, one in enumerate(tree.continuations, 1):
        start = len(ids)
        fed = one.ids[:-1]
        ids += fed
        positions += range(end, end + len(fed))
        branches += [number] * len(fed)
        for at, target in enumerate(one.ids):
            reads.append(start + at - 1 if at else end - skipped - 1)
            targets.append(target)
    counts = tuple(len(one.ids) for one in tree.continuations)
    return _Row(tuple(ids), tuple(positions), tuple(branches), tuple(reads), tuple(targets), counts)


def _mask(branches: Any, prefix: int, dtype: Any) -> Any:
    """Which token sees which: earlier ones of its own branch and of the context.

    Args:
        branches: Of each token, -1 where padded, shape (rows, length).
        prefix: Tokens before each row that all of them see.
        dtype: Of the model.

    Returns:
        What is added to the attention scores, shape (rows, 1, length, prefix + length).
    """
    import torch

    length = branches.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool, device=branches.device).tril()
    seen, seeing = branches[:, None, :], branches[:, :, None]
    allowed = earlier & ((seen == 0) | (seen == seeing))
    added = torch.zeros(
        branches.shape[0], 1, length, prefix + length, dtype=dtype, device=branches.device
    )
    added[:, 0, :, prefix:].masked_fill_(~allowed, torch.finfo(dtype).min)
    return added


def scorer_for(
    network: Network, trees: Sequence[Tree], say: Callable[[str], None], *, packs: bool | None
) -> tuple[TreeScorer, bool]:
    """The fastest way of scoring these trees that gives what plain scoring gives.

    Args:
        network: A loaded model.
        trees: To be scored; the largest of those with several continuations is the trial.
        say: Told when the fast way turns out wrong.
        packs: What an earlier call settled; None before the first.

    Returns:
        The scorer, and whether continuations share rows from now on.
    """
    if not network.is_plain:
        return TreeScorer(network, packs=False), False
    if packs is None:
        packs = _packing_agrees(network, trees)
        if packs is False:
            say("choices are scored one by one: sharing a context gives other numbers here")
    if not packs and packs is not None:
        return TreeScorer(network, packs=False), False
    prefix = shared_prefix([tree.context for tree in trees])
    if not prefix:
        return TreeScorer(network, packs=True), True
    cache = network.prefix(trees[0].context[:prefix])
    return TreeScorer(network, packs=True, prefix=prefix, prefix_cache=cache), True


def _packing_agrees(network: Network, trees: Sequence[Tree]) -> bool | None:
    """Whether one question comes out the same packed and plain; None: none has two choices."""
    several = [tree for tree in trees if sum(len(one.ids) > 1 for one in tree.continuations) > 1]
    if not several:
        return None
    trial = min(several, key=partial(_distance_from_median, several))
    packed = TreeScorer(network, packs=True).score([trial])[0]
    plain = TreeScorer(network, packs=False).score([trial])[0]
    if isinstance(packed, Failure) or isinstance(plain, Failure):
        return isinstance(packed, Failure) == isinstance(plain, Failure)
    is_exact = str(network.model.dtype).endswith(("float32", "float64"))
    return all(
        abs(one.nats - other.nats)
        <= (_EXACT if is_exact else _ROUGH_NATS + _ROUGH * abs(other.nats))
        for one, other in zip(packed, plain, strict=True)
    )


def _distance_from_median(trees: Sequence[Tree], tree: Tree) -> float:
    sizes = sorted(one.size for one in trees)
    return abs(tree.size - sizes[len(sizes) // 2])
