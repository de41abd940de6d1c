"""Signatures are those of Standard Webhooks, made and checked."""

from datetime import UTC, datetime

from backoffice.core.webhooks.signing import new_secret, sign, signature, verify
from backoffice.hookspecs import IntakeMessage

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
BODY = b'{"test": 2432232314}'


def message(headers, body=BODY):
    return IntakeMessage(dict(headers), body, AT)


def test_the_example_of_the_specification_is_signed_as_it_says():
    right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY) == right


def test_what_was_signed_is_recognised_with_its_number_and_time():
    found = verify(message(sign([SECRET], "msg_1", AT, BODY)), SECRET)
    assert found is not None
    assert (found.id, found.at) == ("msg_1", AT)


def test_while_a_secret_is_replaced_both_are_recognised():
    headers = sign([new_secret(), SECRET], "msg_1", AT, BODY)
    assert len(headers["webhook-signature"].split()) == 2
    assert verify(message(headers), SECRET) is not None


def test_anything_changed_is_not_recognised():
    headers = sign([SECRET], "msg_1", AT, BODY)
    assert verify(message(headers, BODY + b" "), SECRET) is None
    assert verify(message({**headers, "webhook-id": "msg_2"}), SECRET) is None
    assert verify(message({**headers, "webhook-timestamp": "1614265331"}), SECRET) is None
    assert verify(message(headers), new_secret()) is None
    for name in headers:
        assert verify(message({**headers, name: ""}), SECRET) is None
