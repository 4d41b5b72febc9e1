"""Two stories of whole reports in which others measured: no model, no data, no training.

`first-slot-judge`: a judge that always sees the tuned model first, as a published report has it:
10 wins, 8 losses and 2 ties of 20 pairs in 4 calls, sure of itself and seen by nobody.
`totals-only`: two models' rates with their numbers of items, without item scores, and without a
word on how answers were drawn.
"""

from typing import Final

from evalreport.verdict import Outcome

FIRST_SLOT_JUDGE: Final = """\
evalreport: 1
name: first-slot-judge
title: A judge that always saw the tuned model first
about: {authors: [Mina Okafor], license: apache-2.0, language: en}
base_model: {path: org/base}
adapter: {method: none}
evaluation:
  primary: {layer: blind-ab, metric: net_win, gain_at_least: 0.1}
  layers:
    - kind: recorded
      name: blind-ab
      title: Twenty answers judged blind
      source: the fine-tuner's own report
      measures: preference
      method:
        judge: gpt-5-mini
        orders: fixed
        slot: A
        per_call: 5
        confidence: {high: 18, medium: 2, low: 0}
        checkable: 20
      counts: {tuned: 10, base: 8, tie: 2}
    - kind: recorded
      name: heldout-loss
      source: the fine-tuner's own report
      n: 2000
      rows: [{metric: perplexity, tuned: 47.74}]
"""

TOTALS_ONLY: Final = """\
evalreport: 1
name: totals-only
title: Two models' totals from two programs
about: {authors: [Mina Okafor], license: apache-2.0, language: en}
base_model: {path: org/base}
adapter: {method: none}
evaluation:
  primary: {layer: grade-maths, metric: exact_match, gain_at_least: 0.05}
  guards: [{layer: general, metric: accuracy, lose_at_most: 0.02}]
  layers:
    - kind: recorded
      name: grade-maths
      source: the fine-tuner's model card
      subset: all
      n: 1319
      rows: [{metric: exact_match, tuned: 0.462, base: 0.401}]
      method: {harness: {tuned: own script, base: the base's model card}, checkpoint_chosen_on: test, checkpoints_tried: 3}
      examples: [{what: multi-step arithmetic}, {what: units mixed up}]
    - kind: recorded
      name: general
      source: the fine-tuner's model card
      subset: all
      rows: [{metric: accuracy, tuned: {value: 0.452, n: 14042}, base: {value: 0.454, n: 14042}}]
    - kind: recorded
      name: traits
      source: another model card
      subset: common
      rows:
        - {metric: squared_error, field: formality, base: 4.94, tuned: 2.07}
        - {metric: squared_error, field: empathy, base: 8.49, tuned: 2.19}
      headline: [{metric: squared_error, base: 8.56, tuned: 1.99}]
    - {kind: recorded, name: card, source: another model card, rows: [{metric: italian pedagogy, base: Basic, tuned: Expert-level}]}
    - {kind: recorded, name: training-log, relative: [{metric: train_loss, change: -0.6451}]}
"""

RECORDED_STORIES: Final[dict[str, tuple[str, Outcome]]] = {
    "first-slot-judge": (FIRST_SLOT_JUDGE, Outcome.INVALID_EVIDENCE),
    "totals-only": (TOTALS_ONLY, Outcome.INCONCLUSIVE),
}
