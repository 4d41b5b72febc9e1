"""The model card before anything is paid for: what the hub would refuse, or nobody would find."""

from collections.abc import Iterator

from evalreport.hub_rules import is_hub_id, is_language
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing


def check_card(standing: Standing) -> Iterator[Complaint]:
    """Languages that are codes, and a base with a public name where the model is published."""
    spec = standing.spec
    language = spec.about.language
    if standing.is_whole("about", "language"):
        codes = language.split(",") if isinstance(language, str) else language
        for at, code in enumerate(code.strip() for code in codes):
            if not is_language(code):
                yield Complaint(
                    ("about", "language", *(() if isinstance(language, str) else (at,))),
                    f"{code} is not a language code, and the hub would refuse the model card",
                    "write its code, such as en, it or zh-Hant",
                )
    base = spec.base_model
    if spec.publish is None or base.hub_id is not None or not standing.is_whole("base_model"):
        return
    if base.name is None or not is_hub_id(base.path.removeprefix("hub:")):
        why = (
            "which model it is was not said"
            if base.name is None
            else f"{base.path} is not the id of a model on the hub, which refuses local paths"
        )
        yield Complaint(
            ("publish",),
            f"the model card could not name its base: {why}",
            "add base_model.hub_id: org/name, which these weights have in public",
            at_key=True,
        )
