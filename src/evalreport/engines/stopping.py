"""Whether a model stops where its chat template ends a turn."""

from collections.abc import Container

from evalreport.engines.prompts import Codec, end_of_turn
from evalreport.records import Check


def stop_check(codec: Codec, named: Container[int]) -> Check:
    """A model that ends its turns with a token which nothing else knows writes on and on.

    Args:
        codec: Of the model.
        named: Tokens that the model's own configuration names as the end.
    """
    turn = end_of_turn(codec.tokenizer)
    if not codec.stop_ids:
        return Check(
            name="stop_token",
            status="failed",
            text="the model names no token that ends a generation: it would never stop",
            hint="give its tokenizer an eos_token",
        )
    if turn is not None and turn != codec.tokenizer.eos_token_id and turn not in named:
        name = codec.tokenizer.convert_ids_to_tokens(turn)
        return Check(
            name="stop_token",
            status="failed",
            text=f"the chat template ends a turn with {name}, which neither the tokenizer nor "
            "generation_config.json names as an end: other programs would let it write on",
            hint="add it to eos_token_id in generation_config.json, or waive this check",
        )
    return Check(name="stop_token", status="passed", text="a token ends each generation")
