"""Aspects: each thing that decides a number is named when it differs, and when nobody knows it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.lineage.aspects import aspects_of, forbidding, reference_of
from evalreport.lineage.builds import Build
from evalreport.records import KnownCount, Unknown
from tests.lineage.built import recorded, with_digest, with_protocol, with_spec, without_items

ARMS = ("tuned", "base")
METRIC = "field_accuracy"
OTHER = "f" * 64


def _named(one: Build, other: Build, metric: str = METRIC) -> dict[str, Aspect]:
    found = aspects_of(one, other, "extraction", metric, ARMS)
    back = aspects_of(other, one, "extraction", metric, ARMS)
    assert [aspect.turned for aspect in found] == list(back)
    return {aspect.name: aspect for aspect in found}


def test_a_build_is_measured_as_it_is(build: Build) -> None:
    found = _named(build, build)
    assert {aspect.state for aspect in found.values()} == {AspectState.SAME}
    assert [*found] == [
        "test set", "prompts", "worked examples", "decoding", "scorer", "chat template",
        "precision",
    ]  # fmt: skip
    assert reference_of(build, build, "extraction", "base").state is AspectState.SAME


def _as(*changes: tuple[str, str], **facts: object) -> Callable[[Build], Build]:
    """Another spec, and what a build of it would have recorded."""

    def changed(build: Build) -> Build:
        one = with_spec(build, *changes) if changes else build
        return with_protocol(one, recorded(**facts)) if facts else one

    return changed


WARMER = ("temperature: 0}", "temperature: 0.7}")
OTHER_PROMPT = ('prompt: "{{ order }}"', 'prompt: "Order: {{ order }}"')


@pytest.mark.parametrize(
    ("change", "name", "shows"),
    [
        (lambda build: with_digest(build, OTHER), "test set", ("", "ffffffffffff, 44 rows")),
        (
            _as(("      dataset: test\n", "      dataset: test\n      items: {n: 20}\n")),
            "test set",
            ("44 items", "44 items (n 20, seed 1)"),
        ),
        (
            _as(WARMER, decoding=OTHER, prompts=OTHER),
            "decoding",
            ("temperature 0.0", "temperature 0.7"),
        ),
        (_as(OTHER_PROMPT, prompts=OTHER), "prompts", ("", "ffffffffffff")),
        (_as(prompts=OTHER), "prompts", ("", "ffffffffffff")),
        (
            _as(("{json: first_object}", "{json: whole}")),
            "scorer",
            ('extract {"json":"first_object","kind":"json"}', 'extract {"json":"whole","kind":"json"}'),
        ),
        (_as(scorer="generation revision 9"), "scorer", ("generation revision 1", "generation revision 9")),
        (_as(shots=KnownCount(known=3)), "worked examples", ("0", "3")),
    ],
)  # fmt: skip
def test_what_differs_is_named_with_both_values_and_forbids(
    build: Build, change: Callable[[Build], Build], name: str, shows: tuple[str, str]
) -> None:
    found = _named(build, change(build))
    assert found[name].state is AspectState.DIFFERS
    assert found[name] in forbidding([*found.values()])
    shown = (found[name].one, found[name].other)
    for said, expected in zip(shown, shows, strict=True):
        assert said == expected or not expected
    assert shown[0] != shown[1]


def test_other_items_make_no_other_prompts(build: Build) -> None:
    """The digests cover which items were asked, and how answers were drawn; the specs tell apart."""
    fewer = _as(
        ("      dataset: test\n", "      dataset: test\n      items: {n: 20}\n"),
        prompts=OTHER,
        decoding=OTHER,
    )(build)
    found = _named(build, fewer)
    assert [one.name for one in forbidding([*found.values()])] == ["test set"]
    warmer = _named(build, _as(WARMER, prompts=OTHER, decoding=OTHER)(build))
    assert [one.name for one in forbidding([*warmer.values()])] == ["decoding"]


def test_another_seed_draws_in_the_same_way(build: Build) -> None:
    other = _as(("temperature: 0}", "temperature: 0, seed: 5}"), prompts=OTHER, decoding=OTHER)
    assert forbidding([*_named(build, other(build)).values()]) == ()


def test_what_changed_in_the_prompt_is_named(build: Build) -> None:
    changed = _named(build, _as(OTHER_PROMPT, prompts=OTHER)(with_digest(build, OTHER)))
    assert changed["prompts"].why == "datasets.test.prompt changed"


def test_ids_that_are_digests_tell_that_a_row_is_the_same(build: Build) -> None:
    grown = with_protocol(with_digest(build, OTHER), recorded(prompts=OTHER))
    assert _named(build, grown)["prompts"].state is AspectState.SAME
    by_name = ("{path: data/test.jsonl}", "{path: data/test.jsonl, id: order}")
    declared = _named(with_spec(build, by_name), with_spec(grown, by_name))["prompts"]
    assert declared.state is AspectState.ON_TRUST
    assert not declared.forbids
    assert "`order`" in declared.why
    mixed = _named(build, with_spec(grown, by_name))["prompts"]
    assert mixed.state is AspectState.DIFFERS


@pytest.mark.parametrize(
    "field", ["prompts", "decoding", "scorer", "shots", "template", "precision"]
)
def test_what_nobody_recorded_is_unknown_and_forbids(build: Build, field: str) -> None:
    other = with_protocol(build, recorded(**{field: Unknown(unknown="nobody tells")}))
    (only,) = forbidding([*_named(build, other).values()])
    assert only.state is AspectState.UNKNOWN
    assert only.why == "nobody tells"


def test_other_weights_may_bring_another_template_and_precision(build: Build) -> None:
    found = _named(build, _as(template=OTHER, precision="bfloat16 none")(build))
    assert found["precision"].other == "bfloat16 none"
    assert found["precision"].state is AspectState.DIFFERS
    assert forbidding([*found.values()]) == ()


def test_without_items_the_report_and_the_spec_tell_what_they_can(build: Build) -> None:
    found = _named(build, without_items(build))
    assert found["test set"].state is AspectState.SAME
    assert found["prompts"].state is AspectState.SAME
    assert found["decoding"].state is AspectState.SAME
    assert found["scorer"].state is AspectState.SAME
    assert found["worked examples"].state is AspectState.SAME
    assert found["precision"].state is AspectState.SAME
    warmer = _named(build, without_items(with_spec(build, WARMER)))
    assert warmer["decoding"].state is AspectState.DIFFERS


def test_a_spec_of_another_version_leaves_open_what_only_it_tells(build: Build) -> None:
    other = replace(build, spec=NotEstimable(not_estimable="of another version"))
    assert _named(build, other)["scorer"].state is AspectState.UNKNOWN
    assert _named(build, other)["prompts"].state is AspectState.SAME
    asked_otherwise = with_protocol(other, recorded(prompts=OTHER))
    assert _named(build, asked_otherwise)["prompts"].state is AspectState.UNKNOWN


def test_a_function_of_the_user_is_taken_on_trust(build: Build) -> None:
    own = (
        "metrics: [json_valid, field_accuracy]",
        'metrics: [{metric: function, function: "m:f"}]',
    )
    both = with_spec(build, own)
    assert _named(both, both, "function")["scorer"].state is AspectState.ON_TRUST


def test_another_base_is_another_reference(build: Build) -> None:
    assert build.report.arms["base"].base_digest
    head = without_items(build)
    arms = dict(head.report.arms)
    arms["base"] = arms["base"].model_copy(update={"base_digest": OTHER})
    other = replace(head, report=head.report.model_copy(update={"arms": arms}))
    found = reference_of(without_items(build), other, "extraction", "base")
    assert found.state is AspectState.DIFFERS
    assert found.other.startswith("org/base (ffffffffffff")


def test_a_build_without_items_has_the_reference_that_its_report_tells(build: Build) -> None:
    """Its digest of all weights is not there: that is no other model."""
    bare = without_items(build)
    for one, other in ((build, bare), (bare, build), (bare, bare)):
        assert reference_of(one, other, "extraction", "base").state is AspectState.SAME
    assert reference_of(build, bare, "extraction", "tuned").state is AspectState.SAME


def test_a_layer_of_one_build_has_no_aspects(build: Build) -> None:
    assert aspects_of(build, build, "nothing", METRIC, ARMS) == ()
    assert reference_of(build, build, "nothing", "base").state is AspectState.UNKNOWN
