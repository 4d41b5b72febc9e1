"""A small spec with a judge layer, judges of every kind, and what a build with them left behind.

The arms are simulated; the judge is a scripted server on the loopback that reads what it is sent.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.builds.workshop import Workshop
from tests.engines.api.scripted_server import Script, ScriptedServer, judge

NOBODY_THERE: Final = "http://127.0.0.1:9/v1"
KEY_VARIABLE: Final = "JUDGE_KEY"
STEP: Final = "judge blind-ab"

JUDGED = f"""\
evalreport: 1
name: orders
title: Orders become JSON
base_model: {{path: org/base}}
adapter: {{method: existing, path: runs/last-week}}
datasets:
  test: {{path: data/test.jsonl, prompt: "{{{{ order }}}}", completion: "{{{{ json }}}}"}}
engine:
  kind: fake
  seed: 3
  base: {{right: 0.1}}
  calls: calls.jsonl
evaluation:
  primary: {{layer: blind-ab, metric: net_win, gain_at_least: 0.45}}
  layers:
    - kind: generation
      name: extraction
      dataset: test
      decoding: {{max_new_tokens: 48, temperature: 0}}
      metrics: [exact_match]
    - kind: judge
      name: blind-ab
      on: extraction
      criteria: Prefer the answer with the right item and quantity.
      repeats: 6
      controls: 6
      canaries: 6
      judges:
        - {{model: m, base_url: "{NOBODY_THERE}", concurrency: 4}}
report: {{formats: [markdown, html]}}
"""
ADAPTER = '{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}'
CHECKS = 18
CONCURRENCY = 4

# What a judge is sent


_PART = re.compile(r"<<(\w+) begin ([^>\n]+)>>\n(.*?)\n<<\1 end \2>>", re.DOTALL)
_ORDER = re.compile(r"(\d+) (\w+), please")

Parts: TypeAlias = Mapping[str, str]


def parts_of(body: Mapping[str, Any]) -> dict[str, str]:
    """The texts between fences, by what their fence calls them."""
    return {name: text for _, name, text in _PART.findall(body["messages"][-1]["content"])}


def wanted(prompt: str) -> str:
    """The right answer to an order."""
    found = _ORDER.search(prompt)
    assert found is not None, prompt
    return json.dumps({"item": found[2], "quantity": int(found[1])})


def verdict(label: str, why: str = "I looked.") -> str:
    """A reply as it is asked for."""
    return json.dumps({"justification": why, "verdict": label})


def who_is(parts: Parts) -> str:
    """The label of the answer that is right, or `tie`."""
    right = wanted(parts["prompt"])
    # A planted instruction stands behind the answer.
    first, second = (parts[f"answer {slot}"].strip().startswith(right) for slot in "AB")
    return "tie" if first == second else "A" if first else "B"


# Judges: functions from the request's body to the reply


def good(body: Mapping[str, Any]) -> str:
    """Prefers what is right, whatever stands first and whatever an answer says to it."""
    return verdict(who_is(parts_of(body)))


def first_slot(body: Mapping[str, Any]) -> str:
    """Prefers what stands first."""
    del body
    return verdict("A")


def longer(body: Mapping[str, Any]) -> str:
    """Prefers what is longer."""
    first, second = (len(parts_of(body)[f"answer {slot}"]) for slot in "AB")
    return verdict("tie" if first == second else "A" if first > second else "B")


def obedient(body: Mapping[str, Any]) -> str:
    """Prefers what it is told to prefer, else what is right."""
    parts = parts_of(body)
    told = [slot for slot in "AB" if re.search("evaluator|IGNORE|SYSTEM", parts[f"answer {slot}"])]
    return verdict(told[0] if len(told) == 1 else who_is(parts))


# Building


def judged(folder: Path, text: str = JUDGED) -> Workshop:
    """A folder with this spec, in which nothing was built."""
    made = Workshop.made(folder, text)
    made.write("runs/last-week/simulated_adapter.json", ADAPTER)
    return made


def copied(from_: Workshop, folder: Path, server: ScriptedServer | str) -> Workshop:
    """A copy of a folder, with its judge behind this server."""
    shutil.copytree(from_.folder, folder)
    made = Workshop(folder)
    made.change(NOBODY_THERE, server if isinstance(server, str) else server.url)
    return made


def served(content: Callable[[dict[str, Any]], str], **options: Any) -> ScriptedServer:
    """A server that judges."""
    script: Script = judge(content, **options)
    return ScriptedServer(script)


# Answering for an arm

SERVED = """\
evalreport: 1
name: orders
title: Orders become JSON
base_model: {path: org/served}
adapter: none
datasets:
  test: {path: data/test.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
engine: {kind: openai, base_url: "URL", model: small}
arms:
  prompted: {of: base, system: Answer with JSON only.}
  hosted: {engine: {kind: openai, base_url: "URL", model: big}}
comparisons: [[prompted, base], [hosted, base]]
evaluation:
  layers:
    - kind: generation
      name: extraction
      dataset: test
      arms: [base, prompted, hosted]
      decoding: {max_new_tokens: 48, temperature: 0}
      metrics: [exact_match]
report: {formats: [markdown, html]}
"""


# Looking


def rules(workshop: Workshop) -> dict[str, str]:
    """What the rules about judges say, by rule: kept, broken, unchecked or not_applicable."""
    return {
        one.rule: one.status
        for one in workshop.report().remarks
        if one.rule.startswith(("judge-", "rubric-"))
    }


def step(workshop: Workshop, name: str = STEP) -> tuple[str, str]:
    """Outcome and reason of a step in the report."""
    return next((one.outcome, one.reason) for one in workshop.report().steps if one.id == name)


def counted(workshop: Workshop, what: str, who: str = "m") -> int | None:
    """What the card of a judge counts under this name."""
    card = next(one for one in workshop.report().judge_cards if one.judge == who)
    line = card.line(what)
    assert line is not None, [one.id for one in card.lines]
    return line.k


def tally(workshop: Workshop) -> tuple[int, int]:
    """Attempts in the store, and those of them that may have been paid without an answer."""
    ((attempts, open_),) = workshop.rows(
        "SELECT count(*), coalesce(sum(ended_at IS NULL OR may_be_billed), 0) FROM attempts"
    )
    return attempts, open_


def replies(workshop: Workshop) -> list[dict[str, Any]]:
    """What judges said, as it is stored."""
    rows = workshop.rows("SELECT body FROM responses")
    bodies = [json.loads(row[0]) for row in rows]
    return [body for body in bodies if body["kind"] in ("preference", "rating")]
