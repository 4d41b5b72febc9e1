"""A loaded model that answers: questions to tokens, tokens to batches, results to responses."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from evalreport.engines.adapters import Adapters
from evalreport.engines.base import AdapterFiles, Load, Probe, Progress, Question
from evalreport.engines.batches import Budget, answered_in_batches
from evalreport.engines.conversations import in_rounds, next_prompt
from evalreport.engines.generating import Opening, Written, generate, luck_of
from evalreport.engines.loading import LoadedModel, end_tokens, load
from evalreport.engines.local import LocalEngine
from evalreport.engines.network import Network, network_of
from evalreport.engines.probing import probed
from evalreport.engines.prompts import Codec, Continuation, codec_of
from evalreport.engines.scoring import Likelihood, Tree, TreeScorer, scorer_for
from evalreport.errors import DataError
from evalreport.records import (
    Check,
    ChoiceLogliks,
    Failure,
    Generate,
    Quantization,
    Raw,
    Response,
    ScoreChoices,
    ScoreCompletion,
    Text,
    TokenLoss,
    Weights,
)

# Tokens a pass, when scoring and when writing (there all that rows hold at their end counts, and
# a step costs one token a row). A processor is fastest while a batch stays in its caches.
_ON_DEVICE: Final = (Budget(16_384, 16_384), Budget(128, 65_536))
_ON_PROCESSOR: Final = (Budget(512, 512), Budget(64, 16_384))

T = TypeVar("T")


def open_session(
    engine: LocalEngine, what: Load, report: Callable[[Progress], None]
) -> "LocalSession":
    """Load the base weights.

    Raises:
        EvalReportError: They cannot be loaded here, with the reason and the way out.
    """
    report(Progress("loading the model", 0, 1))
    loaded = load(what, device=engine.device)
    report(Progress("loading the model", 1, 1))
    return LocalSession(engine, what, loaded, report)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as tokens; `cut` counts prompt tokens that did not fit in the window.

    `size` is how many tokens its answers may hold at their end, all turns of a conversation.
    """

    question: Question
    trees: tuple[Tree, ...] = ()
    opening: Opening | None = None
    cut: int = 0
    prompt_tokens: int = 0
    size: int = 0


class LocalSession:
    """A base in memory with the adapters that were asked for."""

    def __init__(
        self,
        engine: LocalEngine,
        what: Load,
        loaded: LoadedModel,
        report: Callable[[Progress], None],
    ) -> None:
        self._what = what
        self._report = report
        self._network: Network = network_of(loaded.model, loaded.device)
        self._codec: Codec = codec_of(loaded.tokenizer, end_tokens(loaded.model))
        quantized = what.quantization is not Quantization.NONE
        self._adapters = Adapters(loaded.model, is_quantized=quantized)
        self._scoring, self._writing = _budgets(engine, loaded.device)
        self._packs: bool | None = None
        self._notes: dict[str, None] = {}

    def weights(self, adapter: AdapterFiles | None) -> Weights:
        """The identity of what answers when this adapter is on; it is loaded and checked.

        Raises:
            EvalReportError: The adapter is not what it should be or does not fit this base.
        """
        if adapter is not None:
            self._adapters.load(adapter)
        return Weights(
            base_digest=self._what.base_digest,
            adapter_digest=adapter.digest if adapter else None,
            dtype=self._what.dtype,
            quantization=self._what.quantization,
            merged=adapter.merged if adapter else False,
        )

    def answer(
        self, adapter: AdapterFiles | None, questions: Sequence[Question]
    ) -> Iterator[tuple[Question, Response | Failure]]:
        """One answer per question: choices, then completions, then texts, the longest first.

        Raises:
            EvalReportError: The adapter is not what it should be or does not fit this base.
        """
        choices: list[_Asked] = []
        completions: list[_Asked] = []
        texts: list[_Asked] = []
        for question in questions:
            try:
                match question.request:
                    case ScoreChoices() as request:
                        choices.append(self._choices(question, request))
                    case ScoreCompletion() as request:
                        completions.append(self._completion(question, request))
                    case Generate() as request:
                        texts.append(self._opening(question, request))
                    case request:
                        reason = f"the local engine does not answer {request.kind}"
                        yield question, Failure(reason=reason)
            except DataError as error:
                yield question, Failure(reason=error.problems[0].what)
        with self._adapters.on(adapter):
            yield from self._scored(choices, _choice_response)
            yield from self._scored(completions, _loss_response)
            yield from self._written(texts)

    def preflight(self, probe: Probe) -> tuple[Check, ...]:
        """What can be found out about an adapter and its base from a few prompts."""
        return probed(self._network, self._codec, self._adapters, probe)

    def notes(self) -> tuple[str, ...]:
        """What a reader of the answers has to be told."""
        return tuple(self._notes)

    def close(self) -> None:
        """Release the memory."""
        import gc

        import torch

        del self._network, self._adapters
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _say(self, note: str) -> None:
        self._notes[note] = None
        self._report(Progress(note, 0, 0))

    # Questions to tokens

    def _choices(self, question: Question, request: ScoreChoices) -> _Asked:
        context, continuations = self._codec.choices(
            request.prompt, request.choices, request.template_kwargs
        )
        tree = Tree(context, continuations)
        self._check_window(tree.longest)
        return _Asked(question, trees=(tree,), prompt_tokens=len(context))

    def _completion(self, question: Question, request: ScoreCompletion) -> _Asked:
        context, scored = self._codec.completion(
            request.prompt, request.completion, request.template_kwargs
        )
        window = self._network.window
        # A long completion leaves half the window to its context, and is scored in several parts.
        room = len(context) if window is None else max(window - len(scored), window // 2, 1)
        cut = max(len(context) - room, 0)
        trees = _windows(context[cut:], scored, window)
        return _Asked(question, trees=trees, cut=cut, prompt_tokens=len(context) - cut)

    def _opening(
        self, question: Question, request: Generate, answers: Sequence[str] = ()
    ) -> _Asked:
        """What is gone on from: the prompt, or a later turn where some were answered."""
        prompt = self._codec.prompt(next_prompt(request, answers), request.template_kwargs)
        self._check_window(len(prompt) + 1)
        window = self._network.window
        left = request.decoding.max_new_tokens
        room = left if window is None else min(left, window - len(prompt))
        luck = luck_of(question.item, request.decoding, request.draw, len(answers))
        opening = Opening(prompt, request.decoding, luck, room)
        later = sum(len(self._codec.prompt(Raw(text=one), {})) + left for one in request.then)
        size = opening.size + later if window is None else min(opening.size + later, window)
        return _Asked(question, opening=opening, prompt_tokens=len(prompt), size=size)

    def _check_window(self, tokens: int) -> None:
        """A question is asked whole or not at all."""
        window = self._network.window
        if window is not None and tokens > window:
            raise DataError.because(
                f"the prompt needs {tokens} tokens with its answer, and the model's window holds "
                f"{window}"
            )

    # Tokens to answers

    def _scored(
        self,
        asked: Sequence[_Asked],
        respond: Callable[[_Asked, tuple[Likelihood, ...], float], Response | Failure],
    ) -> Iterator[tuple[Question, Response | Failure]]:
        if not asked:
            return
        trees = [tree for one in asked for tree in one.trees]
        scorer, self._packs = scorer_for(self._network, trees, self._say, packs=self._packs)

        def answer(batch: Sequence[_Asked]) -> list[Response | Failure]:
            begun = time.monotonic()
            likelihoods = _by_question(scorer, batch)
            share = _shares(batch, lambda one: sum(scorer.size(tree) for tree in one.trees))
            spent = time.monotonic() - begun
            return [
                found if isinstance(found, Failure) else respond(one, found, spent * share[at])
                for at, (one, found) in enumerate(zip(batch, likelihoods, strict=True))
            ]

        def size(one: _Asked) -> int:
            return max(scorer.size(tree) for tree in one.trees) * len(one.trees)

        answers = answered_in_batches(asked, size, self._scoring, answer, self._say)
        for one, response in answers:
            yield one.question, response

    def _written(self, asked: Sequence[_Asked]) -> Iterator[tuple[Question, Response | Failure]]:
        if not self._network.writes:
            kind = self._network.model.config.model_type
            reason = f"models of the architecture {kind} score text here, but do not write it"
            yield from ((one.question, Failure(reason=reason)) for one in asked)
            return

        def answer(batch: Sequence[_Asked]) -> list[Text | Failure]:
            # All turns of a batch before the next batch: a kill loses this one alone.
            return in_rounds(batch, _conversation, self._turn)

        answers = answered_in_batches(asked, lambda one: one.size, self._writing, answer, self._say)
        for one, response in answers:
            yield one.question, response

    def _turn(
        self, turn: int, asked: Sequence[tuple[_Asked, tuple[str, ...]]]
    ) -> list[Text | Failure]:
        """The answers to one turn, given those to the turns before."""
        begun = time.monotonic()
        ready = [self._next(one, answers) if turn else one for one, answers in asked]
        openings = [one.opening for one in ready if isinstance(one, _Asked) and one.opening]
        written = iter(
            generate(
                self._network,
                openings,
                stop_ids=self._codec.stop_ids,
                text=self._codec.text,
                pad_id=self._codec.start_id,
                pass_tokens=self._scoring.tokens,
            )
            if openings
            else ()
        )
        seconds = (time.monotonic() - begun) / len(asked)
        found: list[Text | Failure] = []
        for one in ready:
            if isinstance(one, Failure):
                found.append(one)
                continue
            said = next(written)
            found.append(said if isinstance(said, Failure) else self._text(one, said, seconds))
        return found

    def _next(self, asked: _Asked, answers: Sequence[str]) -> _Asked | Failure:
        try:
            return self._opening(asked.question, _conversation(asked), answers)
        except DataError as error:
            return Failure(reason=error.problems[0].what)

    def _text(self, asked: _Asked, written: Written, seconds: float) -> Text:
        text = self._codec.text(written.ids)
        return Text(
            text=text if written.cut is None else text[: written.cut],
            prompt_tokens=asked.prompt_tokens,
            tokens=len(written.ids),
            finish=written.finish,
            seconds=seconds,
        )


def _conversation(asked: _Asked) -> Generate:
    request = asked.question.request
    assert isinstance(request, Generate)  # noqa: S101 (only these have an opening)
    return request


def _choice_response(
    asked: _Asked, likelihoods: tuple[Likelihood, ...], seconds: float
) -> ChoiceLogliks:
    return ChoiceLogliks(
        logliks=tuple(one.nats for one in likelihoods),
        tokens=tuple(one.tokens for one in likelihoods),
        prompt_tokens=asked.prompt_tokens,
        seconds=seconds,
    )


def _loss_response(
    asked: _Asked, likelihoods: tuple[Likelihood, ...], seconds: float
) -> TokenLoss | Failure:
    request = asked.question.request
    tokens = sum(one.tokens for one in likelihoods)
    if tokens == 0 or not isinstance(request, ScoreCompletion):
        return Failure(reason="the completion has no token")
    return TokenLoss(
        # Rounding may put a sure token a hair above likelihood 1.
        nats=max(-sum(one.nats for one in likelihoods), 0.0),
        tokens=tokens,
        bytes=len(request.completion.encode("utf-8", "surrogatepass")),
        greedy_tokens=sum(one.greedy_tokens for one in likelihoods),
        prompt_tokens=asked.prompt_tokens,
        truncated_tokens=asked.cut,
        seconds=seconds,
    )


def _by_question(
    scorer: TreeScorer, batch: Sequence[_Asked]
) -> list[tuple[Likelihood, ...] | Failure]:
    """The likelihoods of each question, over all its trees."""
    found = iter(scorer.score([tree for one in batch for tree in one.trees]))
    results: list[tuple[Likelihood, ...] | Failure] = []
    for one in batch:
        parts: list[Likelihood] = []
        lost: Failure | None = None
        for _ in one.trees:
            part = next(found)
            if isinstance(part, Failure):
                lost = part
            else:
                parts += part
        results.append(lost if lost is not None else tuple(parts))
    return results


def _windows(
    context: tuple[int, ...], scored: tuple[int, ...], window: int | None
) -> tuple[Tree, ...]:
    """A completion as one tree, or as several where it alone is longer than the window.

    Each later tree scores the next half window of tokens, with the half before them as context.
    """
    if window is None or len(context) + len(scored) <= window:
        return (Tree(context, (Continuation(scored),)),)
    first = window - len(context)
    trees = [Tree(context, (Continuation(scored[:first]),))]
    stride = max(window // 2, 1)
    for start in range(first, len(scored), stride):
        before = scored[max(start - (window - stride), 0) : start]
        trees.append(Tree(before, (Continuation(scored[start : start + stride]),)))
    return tuple(trees)


def _shares(batch: Sequence[T], size: Callable[[T], int]) -> Mapping[int, float]:
    """Which share of a batch's time each of it gets: that of its tokens."""
    sizes = [size(one) for one in batch]
    return {at: one / max(sum(sizes), 1) for at, one in enumerate(sizes)}


def _budgets(engine: LocalEngine, device: str) -> tuple[Budget, Budget]:
    """What a pass may hold when scoring, and when writing."""
    scoring, writing = _ON_PROCESSOR if device == "cpu" else _ON_DEVICE
    if isinstance(engine.batch_tokens, int):
        scoring = Budget(engine.batch_tokens, engine.batch_tokens)
        writing = Budget(writing.rows, engine.batch_tokens)
    if isinstance(engine.batch_size, int):
        scoring = Budget(engine.batch_size, scoring.tokens)
        writing = Budget(engine.batch_size, writing.tokens)
    return scoring, writing
