"""One process at a time makes calls for a store: a job that is run by hand beside another waits."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from evalreport.engines.base import Question
from evalreport.engines.openai import OpenAIEngine
from evalreport.records import Chat, Decoding, Generate, Message, ResponseKey
from evalreport.run.calling import ask_endpoint
from evalreport.run.jobs import EndpointJob
from evalreport.store.store import Store
from tests.engines.api.scripted_server import ScriptedServer, says

COUNT = 12


def question(number: int) -> Question:
    prompt = Chat(messages=(Message(role="user", content=f"question {number}"),))
    request = Generate(prompt=prompt, decoding=Decoding(max_new_tokens=9))
    return Question(key=ResponseKey(f"key {number}"), item=f"item {number}", request=request)


def test_two_at_once_make_each_call_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(lambda _: says("x", after=0.02)) as server:
        job = EndpointJob(
            store=tmp_path / "store",
            step="ask",
            endpoint=OpenAIEngine(base_url=server.url, model="m", concurrency=2),
            pace="pace",
            questions=tuple(map(question, range(COUNT))),
        )

        def by_hand(_: int) -> None:
            with closing(Store(job.store, lambda: "2026-01-01T00:00:00Z")) as store:
                ask_endpoint(job, store, lambda _: None)

        with ThreadPoolExecutor(3) as several:
            list(several.map(by_hand, range(3)))
        assert server.count == COUNT
        assert server.most_at_once == 2
    assert capfd.readouterr().err.count("another process makes calls") == 2
