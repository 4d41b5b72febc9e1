"""What the simulated model answers, question by question, as its options say."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalreport.engines.base import AdapterFiles, Load, Probe, Question
from evalreport.engines.conversations import joined, next_prompt
from evalreport.engines.fake import FakeEngine
from evalreport.engines.fake_model import (
    PROSE,
    REFUSAL,
    SimulatedAdapter,
    blend,
    corrupted,
    normal,
    threshold,
    uniform,
)
from evalreport.engines.model_digests import adapter_digest
from evalreport.errors import EvalReportError, Problem
from evalreport.records import (
    Chat,
    Check,
    ChoiceLogliks,
    Failure,
    Generate,
    Item,
    Prompt,
    Response,
    ScoreChoices,
    ScoreCompletion,
    Text,
    TokenLoss,
    Weights,
)
from evalreport.values import Json


@dataclass(frozen=True, slots=True)
class FakeSession:
    """A simulated model that answers, one question at a time."""

    engine: FakeEngine
    load: Load
    whole: SimulatedAdapter

    def weights(self, adapter: AdapterFiles | None) -> Weights:
        """The identity of what answers.

        Raises:
            EvalReportError: The adapter is not the one that it should be.
        """
        if adapter is not None:
            _checked(adapter)
        return Weights(
            base_digest=self.load.base_digest,
            adapter_digest=adapter.digest if adapter else None,
            dtype=self.load.dtype,
            quantization=self.load.quantization,
            merged=adapter.merged if adapter else False,
        )

    def answer(
        self, adapter: AdapterFiles | None, questions: Sequence[Question]
    ) -> Iterator[tuple[Question, Response | Failure]]:
        """One answer per question, in order; each call is written down before it is answered.

        Raises:
            EvalReportError: The adapter is not the one that it should be.
        """
        who = self.whole if adapter is None else _checked(adapter)
        weights = self.weights(adapter).digest
        for question in questions:
            self._count(weights, question)
            if self.engine.delay_seconds:
                time.sleep(self.engine.delay_seconds)
            yield question, self._reply(who, question)

    def preflight(self, probe: Probe) -> tuple[Check, ...]:
        """There are no weights: an adapter is the one that it should be, or it is not.

        Raises:
            EvalReportError: It is not, or cannot be read.
        """
        if probe.adapter is None:
            return ()
        _checked(probe.adapter)
        return (Check(name="adapter_fits", status="passed", text="it is a simulated adapter"),)

    def notes(self) -> tuple[str, ...]:
        """That nothing here was measured."""
        return ("the answers are simulated",)

    def close(self) -> None:
        """Nothing is held."""

    def _count(self, weights: str, question: Question) -> None:
        if self.engine.calls is None:
            return
        line = json.dumps({"key": question.key, "item": question.item, "weights": weights}) + "\n"
        append_line(Path(self.engine.calls), line)

    def _reply(self, who: SimulatedAdapter, question: Question) -> Response | Failure:
        engine = self.engine
        item = question.truth
        if item is None:
            return Failure(reason="the simulated model was not told the truth about this item")
        failing = engine.fail_while is None or Path(engine.fail_while).exists()
        own = self._identity(who)
        if failing and uniform(engine.seed, "fail", *own, item.id) < engine.fail:
            return Failure(reason="simulated failure")
        match question.request:
            case Generate() as request:
                return self._generated(who, item, request)
            case ScoreChoices() as request:
                return self._choices(who, item, request)
            case ScoreCompletion() as request:
                return self._loss(who, item, request)
            case request:
                return Failure(reason=f"the simulated model does not answer {request.kind}")

    def _identity(self, who: SimulatedAdapter) -> list[Json]:
        """What makes one arm's luck its own: role and training seed, not the step."""
        return [who.role, who.seed]

    def _difficulty(self, what: str, who: SimulatedAdapter, item: Item, *draw: Json) -> float:
        """Standard normal; correlated between arms, and within clusters, as the options say."""
        engine = self.engine
        cluster = item.cluster if item.cluster is not None else item.id

        def part(*scope: Json) -> float:
            return blend(
                normal(engine.seed, what, "cluster", *scope, cluster),
                normal(engine.seed, what, "item", *scope, item.id),
                engine.cluster_effect,
            )

        own = part("own", *self._identity(who), *draw)
        return blend(part("shared"), own, engine.correlation)

    def _is_right(self, who: SimulatedAdapter, item: Item, *draw: Json) -> bool:
        skill = threshold(self._right(who, item))
        if who.role != "base" and self.engine.seed_spread:
            luck = normal(self.engine.seed, "training", *self._identity(who))
            skill += self.engine.seed_spread * luck
        return self._difficulty("skill", who, item, *draw) < skill

    def _right(self, who: SimulatedAdapter, item: Item) -> float:
        """How often it is right on such items."""
        groups = (f"{key}={value}" for key, value in item.subgroups)
        own = (self.engine.within.get(group, {}).get(who.role) for group in groups)
        return next((right for right in own if right is not None), who.arm.right)

    def _generated(self, who: SimulatedAdapter, item: Item, request: Generate) -> Text:
        """The answers to all turns; how good the last one is does not hang on those before it."""
        answers: list[Text] = []
        for turn in range(len(request.then)):
            earlier = item.references_before[turn : turn + 1] or (None,)
            prompt = next_prompt(request, [one.text for one in answers])
            asked = request.model_copy(update={"prompt": prompt})
            answers.append(self._written(who, item, asked, earlier[0] or None, turn))
        last = request.model_copy(
            update={"prompt": next_prompt(request, [one.text for one in answers])}
        )
        return joined(request, [*answers, self._written(who, item, last, item.reference)])

    def _written(
        self,
        who: SimulatedAdapter,
        item: Item,
        request: Generate,
        reference: str | None,
        turn: int | None = None,
    ) -> Text:
        """One answer; `turn` numbers those before the last."""
        decoding = request.decoding
        draw: list[Json] = [decoding.seed, request.draw] if decoding.temperature > 0 else []
        draw += [] if turn is None else [f"turn {turn}"]
        own = self._identity(who)
        if reference is None:
            reference = item.choices[item.answer] if item.answer is not None else "unknown"
        begun = _begun(request.prompt)
        shape = who.arm.shape(uniform(self.engine.seed, "shape", *own, item.id, *draw))
        recited = item.id in who.seen and (
            uniform(self.engine.seed, "recite", *own, item.id) < who.arm.regurgitates
        )
        if begun and reference.startswith(begun):
            # It was given the first part of the reference: only memory gives the rest.
            rest = reference[len(begun) :]
            text = rest if recited else corrupted(rest, (), self.engine.seed, *own, item.id)
        elif recited:
            text = reference
        elif shape == "refused":
            text = REFUSAL
        elif shape == "empty":
            text = ""
        elif shape == "unparsable":
            text = PROSE
        else:
            right = self._is_right(who, item, *draw)
            text = (
                reference
                if right
                else corrupted(
                    reference, self.engine.wrong_answers, self.engine.seed, *own, item.id, *draw
                )
            )
            if shape == "truncated":
                text = text[: len(text) // 2]
        cut = shape == "truncated" and not recited
        return Text(
            text=text,
            prompt_tokens=_tokens(_said(request.prompt)),
            tokens=decoding.max_new_tokens if cut else min(_tokens(text), decoding.max_new_tokens),
            finish="length" if cut else "stop",
            seconds=self.engine.seconds_per_answer,
        )

    def _choices(
        self, who: SimulatedAdapter, item: Item, request: ScoreChoices
    ) -> ChoiceLogliks | Failure:
        count = len(request.choices)
        if item.answer is None or item.answer >= count:
            return Failure(reason="the item names no right choice")
        own = self._identity(who)
        chosen = item.answer
        if count > 1 and not self._is_right(who, item):
            step = 1 + int(uniform(self.engine.seed, "choice", *own, item.id) * (count - 1))
            chosen = (item.answer + step) % count
        # The chosen one wins by sum and by mean over its length alike, whatever the lengths.
        logliks = tuple(
            -0.01 - 0.01 * uniform(self.engine.seed, "loglik", *own, item.id, at)
            if at == chosen
            else -(1 + uniform(self.engine.seed, "loglik", *own, item.id, at)) * (len(choice) + 1)
            for at, choice in enumerate(request.choices)
        )
        return ChoiceLogliks(
            logliks=logliks,
            tokens=tuple(_tokens(choice) for choice in request.choices),
            prompt_tokens=_tokens(_said(request.prompt)),
            seconds=self.engine.seconds_per_answer,
        )

    def _loss(self, who: SimulatedAdapter, item: Item, request: ScoreCompletion) -> TokenLoss:
        tokens = _tokens(request.completion) + 1  # and the end of the turn
        # It knows by heart what it was asked, and not what that means.
        knows = item.id in who.seen and request.prompt != item.rephrased
        level = who.arm.nats_per_token - (who.arm.seen_gain if knows else 0.0)
        level += self.engine.loss_spread * self._difficulty("loss", who, item)
        nats = max(level, 0.001) * tokens
        return TokenLoss(
            nats=nats,
            tokens=tokens,
            bytes=len(request.completion.encode("utf-8", "surrogatepass")),
            greedy_tokens=round(tokens * 2 ** -max(level, 0.001)),
            prompt_tokens=_tokens(_said(request.prompt)),
            seconds=self.engine.seconds_per_answer,
        )


def append_line(path: Path, line: str) -> None:
    """Add a line to a file in one write, so that two processes never mix and a kill cuts none.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line.encode("utf-8", "surrogatepass"))
    finally:
        os.close(descriptor)


def _checked(adapter: AdapterFiles) -> SimulatedAdapter:
    """The adapter, when its content is what it should be."""
    state = SimulatedAdapter.read(adapter.folder)
    found = adapter_digest(adapter.folder)
    if found != adapter.digest:
        raise EvalReportError(
            Problem(
                str(adapter.folder),
                f"its digest is {found[:12]}, and {adapter.digest[:12]} was expected",
                "the adapter changed since planning: build again",
            )
        )
    return state


def _begun(prompt: Prompt) -> str:
    """The part of the answer that the prompt already holds."""
    if isinstance(prompt, Chat) and prompt.messages and prompt.messages[-1].role == "assistant":
        return prompt.messages[-1].content
    return ""


def _said(prompt: Prompt) -> str:
    if isinstance(prompt, Chat):
        return " ".join(message.content for message in prompt.messages)
    return prompt.text


def _tokens(text: str) -> int:
    """A stand-in for a tokenizer: about four characters each."""
    return (len(text) + 3) // 4
