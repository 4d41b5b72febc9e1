"""Judges of simulated builds: what each would reply, put into the store as if it had been asked."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge
from evalreport.layers.judge.progress import judge_key
from evalreport.layers.judge.verdicts import read_preference
from evalreport.plan.judge_steps import judged_items, put_to_judges, sequential_plan
from evalreport.plan.judged_answers import stored_answers
from evalreport.plan.model import Given, Plan
from evalreport.plan.train_steps import train_steps
from evalreport.records import Compare, Served, Shown
from evalreport.spec.asked import judged_pairs
from evalreport.store.store import Store

Script = Callable[[Shown], str]

_QUANTITY: Final = re.compile(r'"quantity": (\d+)')
_ASKED: Final = re.compile(r"order \d+: (\d+) ")


def _is_right(shown: Shown, answer: str) -> bool:
    wanted, given = _ASKED.search(str(shown.prompt)), _QUANTITY.search(answer)
    return wanted is not None and given is not None and wanted[1] == given[1]


def knows(shown: Shown) -> str:
    """A judge that sees which quantity is right, and minds nothing else."""
    right = [_is_right(shown, answer) for answer in (shown.first, shown.second)]
    if right[0] == right[1]:
        return "tie"
    return "A" if right[0] else "B"


def likes_the_first(shown: Shown) -> str:
    """A judge that prefers what stands first, whatever it is."""
    return "A"


SCRIPTS: Final[Mapping[str, Script]] = {"knows": knows, "likes-the-first": likes_the_first}


def put_in_store(given: Given, plan: Plan, store: Store, script: str) -> None:
    """Store what the judges of a spec would reply to everything that they would be asked.

    Args:
        given: What the plan was made from, with all answers of the arms in the store.
        plan: Made after the arms had answered.
        store: Gets the replies.
        script: Name of the judge in `SCRIPTS`.
    """
    _, logs = train_steps(given)
    for layer in given.spec.evaluation.layers:
        if not isinstance(layer, Judge):
            continue
        on = next(one for one in given.spec.evaluation.layers if one.name == layer.on)
        assert isinstance(on, Generation)
        above = [one for one in plan.steps if one.step.layer == on.name]
        pairs = judged_pairs(given.spec, layer)
        answers = stored_answers(given, on, pairs, above, plan.asks, logs)
        assert answers is not None
        for judge in layer.judges:
            items = judged_items(given, layer, on)
            plan_to_stop = sequential_plan(given.spec, layer, len(items))
            units = put_to_judges(layer, items, answers, plan_to_stop)
            for call in (call for unit in units for call in unit.calls):
                request = call.request
                assert isinstance(request, Compare)
                (shown,) = request.shown
                said = {
                    "justification": "as the script has it",
                    "verdict": SCRIPTS[script](shown),
                }
                served = Served(
                    model="scripted-1",
                    finish="stop",
                    is_structured=True,
                    prompt_tokens=300,
                    tokens=20,
                    seconds=0.25,
                )
                reply = read_preference(json.dumps(said), request, served)
                store.add_responses([(judge_key(judge, call), call.puts[0].item, reply)])
