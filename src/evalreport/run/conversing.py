"""Conversations with an endpoint: a call a turn, each answer stored before the next is asked for.

The answer to the last turn is stored with those before it under the key of the whole request; the
others stand under keys of their own, so that a build that was cut off pays for none of them again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from evalreport.digest import digest_of
from evalreport.engines.api.calls import Call, Reply
from evalreport.engines.base import Question
from evalreport.engines.conversations import in_turn, joined, next_prompt
from evalreport.records import Chat, Failure, Generate, Response, ResponseKey, Text
from evalreport.store.store import Store


def turn_key(question: Question, turn: int) -> ResponseKey:
    """Under which key the answer to a turn (from 0) is stored: the last one's is the request's."""
    if turn == len(_request(question).then):
        return question.key
    return ResponseKey(digest_of("turn", question.key, turn))


@dataclass(slots=True)
class Conversation:
    """One question, with its answers so far; of most there is one turn."""

    question: Question
    answers: list[Text] = field(default_factory=list)
    is_lost: bool = False

    @property
    def left(self) -> int:
        """How many calls it still takes."""
        return 0 if self.is_lost else len(_request(self.question).then) + 1 - len(self.answers)

    @property
    def key(self) -> ResponseKey:
        """Of the next call."""
        return turn_key(self.question, len(self.answers))

    def call(self) -> Call:
        """The next turn."""
        request = _request(self.question)
        prompt = next_prompt(request, [one.text for one in self.answers])
        if not isinstance(prompt, Chat):
            raise ValueError("an endpoint takes chat messages")  # noqa: TRY004 (a plan is wrong)
        return Call(
            key=self.key,
            item=self.question.item,
            messages=prompt.messages,
            decoding=request.decoding,
        )


class Conversations:
    """All questions of a step that are to be asked, with what was answered in earlier builds."""

    def __init__(
        self, questions: Sequence[Question], store: Store, read: Callable[[Reply], Text]
    ) -> None:
        """Take up what is stored.

        Args:
            questions: None of them answered to its end.
            store: Where their answers are.
            read: How a reply becomes an answer.
        """
        self._store = store
        self._read = read
        self._all = [Conversation(question) for question in questions]
        self._going: dict[ResponseKey, Conversation] = {}
        several = [one for one in self._all if one.left > 1]
        keys = {turn_key(one.question, i) for one in several for i in range(one.left - 1)}
        found = store.responses(keys).found
        for one in several:
            while isinstance(answer := found.get(one.key), Text):
                one.answers.append(answer)

    @property
    def left(self) -> int:
        """How many calls it takes to answer everything."""
        return sum(one.left for one in self._all)

    def next_calls(self) -> list[Call]:
        """One turn of every conversation that is not at its end."""
        self._going = {one.key: one for one in self._all if one.left}
        return [one.call() for one in self._going.values()]

    def response(self, call: Call, reply: Reply) -> Response:
        """What is stored of a reply: the answer, or with the last turn the whole conversation."""
        one = self._going[call.key]
        answer = self._read(reply)
        if one.left > 1:
            return answer
        return joined(_request(one.question), [*one.answers, answer])

    def take_up(self) -> int:
        """Read back what became of the calls; how many more are not made since one has failed."""
        given_up = 0
        found = self._store.responses(self._going).found
        failures = self._store.failures(key for key in self._going if key not in found)
        for key, one in self._going.items():
            answer, turn = found.get(key), len(one.answers)
            if isinstance(answer, Text):
                one.answers.append(answer)
                continue
            given_up += one.left - 1
            one.is_lost = True
            request, question = _request(one.question), one.question
            if request.then:  # of a single turn it is said already
                why = in_turn(request, turn, failures.get(key, Failure(reason="never answered")))
                self._store.add_responses([(question.key, question.item, why)])
        return given_up


def _request(question: Question) -> Generate:
    if not isinstance(question.request, Generate):
        raise ValueError("an endpoint is asked for text")  # noqa: TRY004 (a plan is wrong)
    return question.request
