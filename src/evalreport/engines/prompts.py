"""Text to tokens and back: chat templates, where a completion begins, what ends a turn.

Training tokenises its rows by the same rules, so that a loss here is the loss there:

- The context of a completion is what `prompt` and `prompt + completion` have in common as tokens
  when each is tokenised on its own; the rest is scored. A token that merges over the border
  belongs to the completion.
- A conversation goes through the model's chat template, which writes its own begin-of-text token.
  Raw text is tokenised as the tokenizer does by default, begin-of-text included where it adds one.
- Control tokens that stand in an item's text ("<|im_end|>") stay text; only the template may
  write them. In raw text, and in what an assistant says, they count as control tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from evalreport.errors import DataError, Problem
from evalreport.records import Message, Prompt, Raw
from evalreport.values import Json

_PROBE = "evalreport"  # stands for what an assistant said, to see what the template puts after it


@dataclass(frozen=True, slots=True)
class Continuation:
    """Tokens that follow a common context, all of them scored."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Codec:
    """A tokenizer with what evaluation needs to know about it.

    Attributes:
        tokenizer: Of transformers, fast.
        stop_ids: Tokens that end a generation: end of text, and the template's end of turn.
        start_id: What an empty context becomes: begin of text, else end of text.
        control_tokens: Texts that stand for control tokens.
    """

    tokenizer: Any
    stop_ids: frozenset[int]
    start_id: int
    control_tokens: tuple[str, ...]

    def prompt(self, prompt: Prompt, template_kwargs: Mapping[str, Json]) -> tuple[int, ...]:
        """Tokens of a prompt as a generation continues it.

        A conversation that ends with the assistant is continued there; any other is followed by
        what the template puts before an answer.

        Raises:
            DataError: The model has no chat template, or it refuses the conversation.
        """
        with_start = (
            self._raw(prompt.text)
            if isinstance(prompt, Raw)
            else self._chat(prompt.messages, template_kwargs)
        )
        return tuple(with_start) or (self.start_id,)

    def completion(
        self, prompt: Prompt, completion: str, template_kwargs: Mapping[str, Json]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Context and scored tokens of a completion with the end of its turn.

        What the template writes after the end of the turn is not scored: no generation gets there.

        Raises:
            DataError: The model has no chat template, or it refuses the conversation.
        """
        context = self.prompt(prompt, template_kwargs)
        if isinstance(prompt, Raw):
            whole = self._raw(prompt.text + completion)
            end = self.tokenizer.eos_token_id
            if end is not None and whole[-1:] != [end]:
                whole.append(end)
        else:
            answer = Message(role="assistant", content=completion)
            if self._holds_control_tokens(prompt.messages):
                whole = [*context, *self._after(prompt.messages, answer, template_kwargs)]
            else:
                whole = self._chat((*prompt.messages, answer), template_kwargs, closed=True)
        start = _common(context, whole)
        if start == 0:  # an empty context, or one that merges with the completion
            whole = [self.start_id, *whole]
            start = 1
        return tuple(whole[:start]), self._to_end_of_turn(whole[start:])

    def choices(
        self, prompt: Prompt, choices: Sequence[str], template_kwargs: Mapping[str, Json]
    ) -> tuple[tuple[int, ...], tuple[Continuation, ...]]:
        """The context that all choices share, and each choice as it continues it.

        A choice stands for the first words of an answer: no end of turn follows it. Where the end
        of the context merges with some of the choices ("Answer: " with "Paris", but not with
        "42"), it is scored with all of them: given to some for nothing, it would favour those.

        Raises:
            DataError: The model has no chat template, or it refuses the conversation; there is no
                choice, or one is empty (in its tokens too), which would be certain whatever the
                question.
        """
        if not choices or not all(choices):
            raise DataError.because("a choice is empty" if choices else "there are no choices")
        context = self.prompt(prompt, template_kwargs)
        if isinstance(prompt, Raw):
            wholes = [self._raw(prompt.text + choice) for choice in choices]
        elif self._holds_control_tokens(prompt.messages):
            wholes = [[*context, *self._plain(choice)] for choice in choices]
        else:
            text = self._chat_text(prompt.messages, template_kwargs)
            wholes = [self._plain(text + choice) for choice in choices]
        shared = min(_common(context, whole) for whole in wholes)
        if shared == 0:
            context, shared = (self.start_id, *context), 1
            wholes = [[self.start_id, *whole] for whole in wholes]
        if min(map(len, wholes)) == shared:
            raise DataError.because("a choice is empty: it adds no token to the prompt")
        return context[:shared], tuple(Continuation(tuple(whole[shared:])) for whole in wholes)

    def text(self, ids: Sequence[int]) -> str:
        """What generated tokens say; control tokens are left out, as a server leaves them out."""
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    # Raw text

    def _raw(self, text: str) -> list[int]:
        try:
            ids = list(self.tokenizer(text)["input_ids"])
        except (TypeError, UnicodeError) as error:
            raise _refused("the text cannot be tokenised", error) from error
        # Some tokenizers close every text; nothing could follow then.
        end = self.tokenizer.eos_token_id
        closed = end is not None and ids[-1:] == [end] and not text.endswith(self._end_text())
        return ids[:-1] if closed else ids

    def _end_text(self) -> str:
        return str(self.tokenizer.eos_token)

    def _plain(self, text: str) -> list[int]:
        try:
            return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        except (TypeError, UnicodeError) as error:
            raise _refused("the text cannot be tokenised", error) from error

    # Conversations

    def _chat(
        self,
        messages: Sequence[Message],
        template_kwargs: Mapping[str, Json],
        *,
        closed: bool = False,
    ) -> list[int]:
        if not self._holds_control_tokens(messages):
            return self._plain(self._chat_text(messages, template_kwargs, closed=closed))
        rendered = self._templated(
            messages,
            template_kwargs,
            closed=closed,
            tokenize=True,
            return_dict=True,
            sanitize_control_tokens=True,
        )
        return list(rendered["input_ids"])

    def _chat_text(
        self,
        messages: Sequence[Message],
        template_kwargs: Mapping[str, Json],
        *,
        closed: bool = False,
    ) -> str:
        return str(self._templated(messages, template_kwargs, closed=closed, tokenize=False))

    def _templated(
        self,
        messages: Sequence[Message],
        template_kwargs: Mapping[str, Json],
        *,
        closed: bool,
        **how: bool,
    ) -> Any:
        if self.tokenizer.chat_template is None:
            raise DataError(
                Problem(
                    "",
                    "the model has no chat template, and the prompt is a conversation",
                    "set chat: false on the dataset to give the text as it stands",
                )
            )
        continues = not closed and bool(messages) and messages[-1].role == "assistant"
        try:
            return self.tokenizer.apply_chat_template(
                [message.model_dump() for message in messages],
                add_generation_prompt=not closed and not continues,
                continue_final_message=continues,
                **how,
                **template_kwargs,
            )
        except (TemplateError, ValueError, TypeError, KeyError) as error:
            raise _refused("the chat template refuses this conversation", error) from error

    def _after(
        self, messages: Sequence[Message], answer: Message, template_kwargs: Mapping[str, Json]
    ) -> list[int]:
        """Tokens of an answer and its end of turn, tokenised apart from what goes before it."""
        before = self._chat_text(messages, template_kwargs)
        whole = self._chat_text((*messages, answer), template_kwargs, closed=True)
        if not whole.startswith(before):
            raise DataError(
                Problem(
                    "",
                    "the prompt holds control tokens of the model as text, and the chat template "
                    "renders it otherwise when an answer follows",
                    "remove the control tokens from the item",
                )
            )
        return self._plain(whole[len(before) :])

    def _holds_control_tokens(self, messages: Sequence[Message]) -> bool:
        """Whether somebody but the assistant says what would become a control token."""
        return any(
            token in message.content
            for message in messages
            if message.role != "assistant"
            for token in self.control_tokens
        )

    def _to_end_of_turn(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The tokens up to the end of the turn, when only white space follows it."""
        last = max((at for at, token in enumerate(ids) if token in self.stop_ids), default=None)
        if last is None or self.text(ids[last + 1 :]).strip():
            return tuple(ids)
        return tuple(ids[: last + 1])


def codec_of(tokenizer: Any, stop_ids: frozenset[int] = frozenset()) -> Codec:
    """A codec, with what ends a turn found out from the chat template.

    Args:
        tokenizer: Of transformers.
        stop_ids: What the model's own configuration names as the end.
    """
    ends = {*stop_ids}
    if tokenizer.eos_token_id is not None:
        ends.add(int(tokenizer.eos_token_id))
    turn = end_of_turn(tokenizer)
    if turn is not None:
        ends.add(turn)
    starts = (tokenizer.bos_token_id, tokenizer.eos_token_id, *sorted(ends), 0)
    control = tuple(
        token.content for token in tokenizer.added_tokens_decoder.values() if token.content.strip()
    )
    return Codec(
        tokenizer=tokenizer,
        stop_ids=frozenset(ends),
        start_id=int(next(start for start in starts if start is not None)),
        control_tokens=control,
    )


def end_of_turn(tokenizer: Any) -> int | None:
    """The token with which the chat template ends an assistant's turn; None when there is none."""
    if tokenizer.chat_template is None:
        return None
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _PROBE}]
    try:
        text: str = tokenizer.apply_chat_template(turns, tokenize=False)
    except (TemplateError, ValueError, TypeError, KeyError):
        return None
    ids = tokenizer(text.rpartition(_PROBE)[2], add_special_tokens=False)["input_ids"]
    ended = next((int(token) for token in ids if tokenizer.decode([token]).strip()), None)
    return ended if ended in tokenizer.added_tokens_decoder else None


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning."""
    pairs = zip(left, right, strict=False)
    shortest = min(len(left), len(right))
    return next((at for at, (one, other) in enumerate(pairs) if one != other), shortest)


def _refused(what: str, error: Exception) -> DataError:
    return DataError(
        Problem(
            "",
            f"{what}: {error}",
            "change the roles or the text, or use chat: false to give the text as it stands",
        )
    )
