"""Conversations in which the model answers every turn: the next prompt, and all answers as one.

What the model said is put back as an assistant's turn, to the letter: a reasoning block too. What
the chat template makes of it (many drop the reasoning of earlier turns) is what the model reads.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from evalreport.records import Chat, Failure, Generate, Message, Prompt, Served, Text, Turn

J = TypeVar("J")


def next_prompt(request: Generate, answers: Sequence[str]) -> Prompt:
    """What is asked once so many turns were answered.

    Args:
        request: A whole conversation.
        answers: To its first turns.
    """
    if not answers or not isinstance(request.prompt, Chat):
        return request.prompt
    said = tuple(
        message
        for answer, then in zip(answers, request.then, strict=False)
        for message in (
            Message(role="assistant", content=answer),
            Message(role="user", content=then),
        )
    )
    return Chat(messages=(*request.prompt.messages, *said))


def joined(request: Generate, answers: Sequence[Text]) -> Text:
    """The answers to all turns as one response.

    Args:
        request: The conversation.
        answers: One a turn, in order.
    """
    last = answers[-1]
    if len(answers) == 1:
        return last
    counted = [one.tokens for one in answers if one.tokens is not None]
    times = [one.seconds for one in answers if one.seconds is not None]
    ends = {one.finish for one in answers}
    return Text(
        before=tuple(
            Turn(answer=one.text, then=then)
            for one, then in zip(answers, request.then, strict=False)
        ),
        text=last.text,
        prompt_tokens=answers[0].prompt_tokens,
        tokens=sum(counted) if len(counted) == len(answers) else None,
        finish="length" if "length" in ends else "unknown" if "unknown" in ends else "stop",
        seconds=sum(times) if len(times) == len(answers) else None,
        served=_served([one.served for one in answers if one.served is not None]),
    )


def in_rounds(
    jobs: Sequence[J],
    request: Callable[[J], Generate],
    answer: Callable[[int, Sequence[tuple[J, tuple[str, ...]]]], Sequence[Text | Failure]],
) -> list[Text | Failure]:
    """Whole conversations, all of them turn by turn; one that fails in a turn is not gone on with.

    Args:
        jobs: The conversations.
        request: What a job asks.
        answer: Answers one turn (its number, from 0) of jobs, given what each answered before.
    """
    said: list[list[Text]] = [[] for _ in jobs]
    failed: dict[int, Failure] = {}
    going = [*range(len(jobs))]
    turn = 0
    while going:
        asked = [(jobs[at], tuple(one.text for one in said[at])) for at in going]
        for at, given in zip(going, answer(turn, asked), strict=True):
            if isinstance(given, Failure):
                failed[at] = in_turn(request(jobs[at]), turn, given)
            else:
                said[at].append(given)
        turn += 1
        going = [at for at in going if at not in failed and len(request(jobs[at]).then) >= turn]
    return [failed.get(at) or joined(request(job), said[at]) for at, job in enumerate(jobs)]


def in_turn(request: Generate, turn: int, failure: Failure) -> Failure:
    """A failure that says in which turn (from 0) it came, where there are several."""
    if not request.then:
        return failure
    return failure.model_copy(update={"reason": f"{failure.reason} (in turn {turn + 1})"})


def _served(calls: Sequence[Served]) -> Served | None:
    """How all turns were served: by what answered last, with the sums of what was counted."""
    if not calls:
        return None
    sent = [one.prompt_tokens for one in calls if one.prompt_tokens is not None]
    written = [one.tokens for one in calls if one.tokens is not None]
    return calls[-1].model_copy(
        update={
            "prompt_tokens": sum(sent) if len(sent) == len(calls) else None,
            "tokens": sum(written) if len(written) == len(calls) else None,
            "seconds": sum(one.seconds for one in calls),
        }
    )
