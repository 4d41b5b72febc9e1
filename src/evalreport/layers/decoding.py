"""Decoding: how text is drawn."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from evalreport.values import Count, Natural, NonNegative, Value, Words


class DecodingOptions(Value):
    """How text is drawn; temperature 0 is greedy, `samples` draws each item several times.

    Attributes:
        max_new_tokens: Tokens after which an answer is cut; cut answers are counted.
        temperature: 0 takes the likeliest token each time.
        top_p: Share of the probability that tokens are drawn from.
        samples: Answers of each item, whose scores are averaged; needs a temperature above 0.
        stop: Texts that end an answer.
        seed: Of the draws.
    """

    max_new_tokens: Natural = 256
    temperature: NonNegative = 0.0
    top_p: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0
    samples: Natural = 1
    stop: tuple[Words, ...] = ()
    seed: Count = 0

    @model_validator(mode="after")
    def _draws_differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(
                "`samples` asks each item several times, and at temperature 0 all draws are the "
                "same: raise `temperature`, or drop `samples`"
            )
        return self
