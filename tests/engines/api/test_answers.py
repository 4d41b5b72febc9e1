"""What servers answer, good and odd, to what is kept of it."""

from tests.engines.api.scripted_server import ScriptedServer, says
from tests.engines.api.talking import SCHEMA, calls_of, endpoint_of, talk


def test_an_answer_is_kept_with_all_that_the_server_told() -> None:
    with ScriptedServer([says("[[A]]")]) as server:
        told = talk(calls_of(1, schema=SCHEMA), endpoint_of(server))
    reply = told.replies["c0"]
    assert (reply.text, reply.finish, reply.prompt_tokens, reply.tokens) == ("[[A]]", "stop", 10, 5)
    assert (reply.model, reply.fingerprint) == ("served-model", "fp_1")
    assert (reply.attempts, reply.structured) == (1, True)
    assert 0 < reply.seconds < 5
