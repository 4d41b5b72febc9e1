"""Money for calls: nothing is begun that could cost more than what is left."""

from evalreport.digest import canonical
from evalreport.engines.api.calls import Call
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.requests import most_tokens

# Turns of a conversation are held together by tokens of the chat template.
_TEMPLATE_TOKENS = 16


class CallBudget:
    """What calls may spend together, what they have spent, and what those in flight may cost.

    Attributes:
        limit: In the currency of `cost`; None: there is none.
        spent: Until now; an attempt that may have been billed without an answer counts at its
            worst.
        reserved: The worst that the attempts in flight may cost.
    """

    def __init__(self, limit: float | None = None, *, spent: float = 0.0) -> None:
        self.limit = limit
        self.spent = spent
        self.reserved = 0.0

    def reserve(self, worst: float | None) -> str | None:
        """Set aside what an attempt may cost at most, or say why that cannot be."""
        if worst is None:
            if self.limit is None:
                return None
            return (
                f"cost.limit: {self.limit:g} of it is left, and what a call costs is not known; "
                "declare its price (zeros where it costs nothing)"
            )
        if self.limit is not None and self.spent + self.reserved + worst > self.limit:
            return (
                f"cost.limit: {self.limit - self.spent:.3g} of it is left, and the next call may "
                f"cost up to {worst:.3g}"
            )
        self.reserved += worst
        return None

    def settle(self, worst: float | None, spent: float) -> None:
        """Give back what was set aside for an attempt, less what it cost."""
        # Differences of floats: what is left of nothing reserved is not below nothing.
        self.reserved = max(self.reserved - (worst or 0.0), 0.0)
        self.spent += spent


def worst_price(call: Call, endpoint: EndpointOptions) -> float | None:
    """The most that one attempt can cost, in the currency of `cost`; None without a price."""
    return None if endpoint.price is None else endpoint.price.of(*worst_tokens(call, endpoint))


def worst_tokens(call: Call, endpoint: EndpointOptions) -> tuple[int, int]:
    """The most tokens that one attempt can read and write.

    No tokenizer makes more tokens than a text has bytes, and the answer is cut at its limit.
    """
    schema = "" if call.schema is None else canonical(call.schema)
    texts = [schema, *(one.content for one in call.messages)]
    read = sum(len(text.encode("utf-8", "surrogatepass")) + _TEMPLATE_TOKENS for text in texts)
    return read, most_tokens(call, endpoint)
