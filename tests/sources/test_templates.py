"""Prompt templates: what they give, what they refuse, and how they say so."""

import json
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.sources.templates import CannotRender, Template
from tests.sources.given import steady

ROW: dict[str, Any] = {
    "order": "two apples",
    "json": {"items": [{"name": "äpfel <b>", "n": 2}], "gift": True, "note": None},
    "options": ["red", "green"],
    "index": 1,
    "share": 0.5,
    "ok": False,
    "nothing": None,
    "Question text": "why?",
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ order }}", "two apples"),
        ("Order: {{ order }}!\n", "Order: two apples!\n"),
        ("{{ json }}", '{"items": [{"name": "äpfel <b>", "n": 2}], "gift": true, "note": null}'),
        ("{{ json.items }}", '[{"name": "äpfel <b>", "n": 2}]'),
        ("{{ json['items'][0].n }}", "2"),
        ("{{ json | tojson }}", json.dumps(ROW["json"], ensure_ascii=False)),
        ("{{ options | join(', ') }} {{ options | join(' ') | upper }}", "red, green RED GREEN"),
        ("{{ index }}{{ share }}{{ ok }}{{ nothing }}", "10.5falsenull"),
        ("{{ 'x' ~ ok ~ nothing ~ 1 }}", "xfalsenull1"),
        ("{{ [ok, nothing] | join('/') }}", "false/null"),
        ("{% for o in options %}\n{{ loop.index }}. {{ o }}\n{% endfor %}", "1. red\n2. green\n"),
        ("{% if ok %}yes{% else %}no{% endif %}", "no"),
        ("{{ missing | default('none') }}", "none"),
        ("{{ '7' | int + 1 }} {{ '7.0' | int }} {{ 'x' | int(0) }}", "8 7 0"),
        ("{{ order.split(' ')[0].upper() }}", "TWO"),
        ("{{ order.replace('two', 'three') }}", "three apples"),
        ('{{ row["Question text"] }}', "why?"),
        ("{{ options | reverse }}", '["green", "red"]'),
        ("{{ options | map('upper') }}", '["RED", "GREEN"]'),
        ("{# nothing #}{% raw %}{{ order }}{% endraw %}", "{{ order }}"),
    ],
)
def test_text(source: str, text: str) -> None:
    assert Template(source).text(ROW) == text


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ options }}", ["red", "green"]),
        ("{{ index }}", 1),
        ("{{ index - 1 }}", 0),
        ("{{ options.index('green') }}", 1),
        ("{{ nothing }}", None),
        ("{{ json.items | map(attribute='n') }}", [2]),
        ("{{ order }}", "two apples"),
        ("answer: {{ index }}", "answer: 1"),
        ("{{ range(3) }}", [0, 1, 2]),
    ],
)
def test_a_bare_expression_keeps_its_type(source: str, value: object) -> None:
    assert Template(source).value(ROW) == value


@steady
@given(json_values)
def test_any_value_renders_as_its_json_and_keeps_its_type(value: Any) -> None:
    text = Template("{{ x }}").text({"x": value})
    assert text == (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    assert Template("{{ x }}").value({"x": value}) == value


@steady
@given(st.text(), st.text(alphabet=string.printable))
def test_values_are_never_read_as_templates(before: str, value: str) -> None:
    literal = before.replace("{", "(").replace("\r", "")
    assert (
        Template(literal + "{{ x }}")
        .text({"x": value + "{{ y }}{% raw %}"})
        .endswith(value + "{{ y }}{% raw %}")
    )


@steady
@given(st.dictionaries(st.sampled_from("abc"), json_values, min_size=3))
def test_joined_columns_and_jinja_agree(row: dict[str, Any]) -> None:
    plain, by_jinja = (
        "[{{ a }}] {{ b }}{{ c }}",
        "[{{ a }}] {{ b }}{{ c }}{% if false %}{% endif %}",
    )
    assert Template(plain).text(row) == Template(by_jinja).text(row)


def test_a_missing_field_is_named_with_those_that_exist() -> None:
    with pytest.raises(CannotRender) as caught:
        Template("{{ ordr }}").text({"order": "x", "json": {}})
    assert "`ordr`, which this row does not have" in caught.value.what
    assert caught.value.hint == "did you mean `order`? it has `order`, `json`"


def test_a_missing_key_inside_a_column_is_named_too() -> None:
    with pytest.raises(CannotRender, match=r"no `itms` in this object: did you mean `items`\?"):
        Template("{{ json.itms }}").text(ROW)


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing.x }}",
        "{% for x in missing %}{% endfor %}",
        "{{ missing ~ 'x' }}",
        "{{ -missing }}",
    ],
)
def test_every_use_of_a_missing_field_fails(source: str) -> None:
    with pytest.raises(CannotRender, match="`missing`, which this row does not have"):
        Template(source).text(ROW)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{% include 'x' %}", "`include` is not for prompt templates"),
        ("{% import 'x' as x %}", "`import` is not"),
        ("{% from 'x' import y %}", "`import` is not"),
        ("{% extends 'x' %}", "`extends` is not"),
        ("{% block x %}{% endblock %}", "`block` is not"),
        ("{% macro f() %}{% endmacro %}", "`macro` is not"),
        ("{% call f() %}{% endcall %}", "`call` is not"),
        ("{% autoescape true %}{% endautoescape %}", "`autoescape` is not"),
        ("{% for x in y recursive %}{{ loop(x) }}{% endfor %}", "recursive loop is not"),
        ("{{ order", "not a template"),
        ("a\n{% if x %}", "not a template"),
        ("{{ x | attr('y') }}", "there is no filter `attr`"),
        ("{{ x | random }}", "there is no filter `random`"),
        ("{{ x | pprint }}", "there is no filter `pprint`"),
        ("{{ " + "(" * 5000, "nested too deeply|recursion"),
        ("x" * 70_000, "longer than 65,536 characters"),
    ],
)
def test_what_is_no_prompt_template_is_refused_before_any_row(source: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Template(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ order['__class__'] }}",
        "{{ order.format(1) }}",
        "{{ '{0.__class__}'.format(order) }}",
        "{{ '%s' % order }}",
        "{{ options.append(1) }}",
        "{{ json.update(x=1) }}",
        "{{ json.pop('items') }}",
        "{{ range.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ namespace() }}",
        "{{ lipsum() }}",
        "{{ options | map('attr', '__class__') | list }}",
        "{{ options | map(attribute='__class__') | list }}",
        "{{ order.upper }}",
        "{{ dict }}",
    ],
)
def test_no_way_out(source: str) -> None:
    before = json.dumps(ROW)
    with pytest.raises(CannotRender):
        Template(source).text(ROW)
    assert json.dumps(ROW) == before


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**10 }}",
        "{{ [0] * 10**10 }}",
        "{{ 10 ** 10000 }}",
        "{{ (10 ** 300) ** 300 }}",
        "{{ range(10 ** 9) | list }}",
        "{{ order.ljust(10**9) }}",
        "{{ order.replace('', 'x' * 1000000) }}",
        "{{ order | replace('', 'x' * 1000000) }}",
        "{{ 'x' * 4000000 ~ 'x' * 4000000 }}",
        "{{ json | tojson(indent=10**9) }}",
        "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a %}" * 60,
        "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a + a %}" * 60,
        "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
        "{% set a = ['x'] %}" + "{% set a = a + a %}" * 60,
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}",
        "{{ ('x' * 100000).split('') }}",
        "{{ [('x' * 99999)] * 99999 | join }}",
    ],
)
def test_no_runaway(source: str) -> None:
    template = Template(source)
    start = time.process_time()
    with pytest.raises(CannotRender):
        template.text(ROW)
    assert time.process_time() - start < 10


def test_the_budget_is_one_rows() -> None:
    template = Template("{{ 'x' * 4000000 }}{{ order }}")
    assert len(template.text(ROW)) == len(template.text(ROW)) == 4_000_010


@pytest.mark.parametrize("source", ["{{ order | int }}", "{{ 'x' | float }}", "{{ '7.5' | int }}"])
def test_what_is_no_number_does_not_become_zero(source: str) -> None:
    with pytest.raises(CannotRender, match="is not a"):
        Template(source).value(ROW)


def test_columns_are_those_that_may_be_read() -> None:
    template = Template("{% set a = x %}{{ a }}{% for b in range(2) %}{{ y[z] }}{% endfor %}")
    assert template.columns == {"x", "y", "z"}
    assert Template("{{ range(3) }} and text").is_constant
    assert Template("{{ row['x'] }}").reads_whole_row
