"""How the arms of a judged layer were asked: as in the layer whose answers were judged."""

from dataclasses import replace

from evalreport.analyze.comparable import Course
from evalreport.evidence import Evidence
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.spec.models import Spec


def judged_course(course: Course, spec: Spec, evidence: Evidence) -> Course:
    """How arms were asked, with those whose answers were judged.

    What was judged is comparable where the answers are: both arms were asked alike.
    """
    blocks, missing = dict(course.blocks), dict(course.missing)
    elsewhere = set(course.elsewhere)
    for layer in spec.evaluation.layers:
        if not isinstance(layer, Judge | Human):
            continue
        if layer.name not in evidence.judged and layer.name not in evidence.people:
            continue
        for arm in layer.arms:
            asked = course.of_arm(layer.on, arm)
            missing.pop((layer.name, arm), None)
            if asked:
                blocks[layer.name, arm] = asked
            why = course.why_missing(layer.on, arm)
            if why is not None:
                missing[layer.name, arm] = why
            if (layer.on, arm) in course.elsewhere:
                elsewhere.add((layer.name, arm))
    return replace(course, blocks=blocks, missing=missing, elsewhere=frozenset(elsewhere))
