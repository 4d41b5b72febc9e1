"""Who rates what: some items go to every rater, each of the others to one; all by hash.

Raters get as many items as each other (one more at most). An item goes where its hash says, and
only what would make a share too large goes elsewhere, so that added rows move few of the others.
"""

from collections.abc import Sequence

from evalreport.digest import digest_of
from evalreport.layers.blind import shuffled
from evalreport.layers.human.options import Human


def assigned(layer: Human, items: Sequence[str]) -> tuple[frozenset[str], ...]:
    """The items of each rater.

    Args:
        layer: Says how many raters there are, and how many items they share.
        items: All that are to be rated.
    """
    order = shuffled(layer.seed, items, "overlap")
    n = layer.shared(len(order))
    return tuple(
        frozenset((*order[:n], *own)) for own in _split(layer.seed, order[n:], layer.raters)
    )


def _split(seed: int, items: Sequence[str], raters: int) -> list[list[str]]:
    """Items in shares of one size, or of one more."""
    shares: list[list[str]] = [[] for _ in range(raters)]
    for item in shuffled(seed, items, "share"):
        shares[int(digest_of("rater", seed, item)[:8], 16) % raters].append(item)
    least, more = divmod(len(items), raters)
    # The shares that are largest already are those that are one item larger.
    by_size = sorted(range(raters), key=lambda rater: -len(shares[rater]))
    sizes = {rater: least + (place < more) for place, rater in enumerate(by_size)}
    left = [item for rater in range(raters) for item in shares[rater][sizes[rater] :]]
    for rater in range(raters):
        own = shares[rater][: sizes[rater]]
        lacking = sizes[rater] - len(own)
        shares[rater] = own + left[:lacking]
        left = left[lacking:]
    return shares
