"""Passkeys: made by a device, good for one site, one question and one person, and never without unlocking."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import AlreadyExists, InvalidInput, NotFound, NotSignedIn, TooManyRequests
from backoffice.core.persistence import Context
from backoffice.core.users import passkeys
from backoffice.core.users.models import Passkey, SignIn, User
from backoffice.core.users.work import acting

HERE = passkeys.Site("books.example", "https://books.example")
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def text(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """What a phone does: it keeps a key of its own for a site and signs questions once it was unlocked."""

    def __init__(self, site=HERE):
        from cryptography.hazmat.primitives.asymmetric import ec

        self.site, self.key = site, ec.generate_private_key(ec.SECP256R1())
        self.id, self.count = secrets.token_bytes(32), 0

    def make(self, options, unlocked=True):
        import cbor2

        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._about(unlocked, ATTESTED) + held})
        return self._answer(options, "webauthn.create", {"attestationObject": text(told)})

    def sign(self, options, unlocked=True):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        self.count += 1
        about = self._about(unlocked, 0)
        answer = self._answer(options, "webauthn.get", {"authenticatorData": text(about)})
        said = urlsafe_b64decode(answer["response"]["clientDataJSON"] + "==")
        signed = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        answer["response"]["signature"] = text(signed)
        return answer

    def _about(self, unlocked, more):
        flags = PRESENT | (VERIFIED if unlocked else 0) | more
        return hashlib.sha256(self.site.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, options, kind, response):
        said = {"type": kind, "challenge": options["challenge"], "origin": self.site.origin, "crossOrigin": False}
        response["clientDataJSON"] = text(json.dumps(said).encode())
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}


class Owner:
    """Amal and her phone."""

    def __init__(self, world):
        self.world, self.user_id = world, world.user("amal")

    def acting(self):
        user = self.world.one(sa.select(User).where(User.id == self.user_id))
        context = Context(
            organization_id=user.organization_id, actor_id=user.id, actor_name="amal", action="core.add_passkey",
            channel="console", clock=self.world.clock,
        )  # fmt: skip
        return acting(self.world.database, context)

    def ask_for_new(self):
        return passkeys.ask_for_new(self.world.database, user_id=self.user_id, site=HERE, clock=self.world.clock)

    def add(self, device, asked=None, **how):
        asked = asked or self.ask_for_new()
        with self.acting() as session:
            answer = device.make(asked.options, **how)
            return passkeys.add(
                session, user_id=self.user_id, site=HERE, kept=asked.kept, answer=answer, name="Phone"
            ).id  # fmt: skip

    def enter(self, answer, asked, **how):
        return passkeys.sign_in(
            self.world.database, site=HERE, kept=asked.kept, answer=answer, clock=self.world.clock, **how
        )

    def ask(self):
        return passkeys.ask(HERE, clock=self.world.clock)


@pytest.fixture
def owner(world):
    return Owner(world)


@pytest.fixture
def phone(owner):
    made = Device()
    owner.add(made)
    return made


def test_whoever_unlocks_the_device_is_signed_in(owner, phone, world):
    asked = owner.ask()
    assert owner.enter(phone.sign(asked.options), asked).session.identity.username == "amal"
    rows = world.all(sa.select(SignIn).order_by(SignIn.id.desc()).limit(1))
    assert [(row.way, row.outcome, row.username) for row in rows] == [("passkey", "succeeded", "amal")]


def test_an_answer_is_good_once(owner, phone):
    asked = owner.ask()
    answer = phone.sign(asked.options)
    owner.enter(answer, asked)
    with pytest.raises(NotSignedIn):
        owner.enter(answer, asked)


def test_an_answer_to_an_old_question_is_refused(owner, phone, world):
    asked = owner.ask()
    answer = phone.sign(asked.options)
    world.later(minutes=6)
    with pytest.raises(NotSignedIn):
        owner.enter(answer, asked)


@pytest.mark.parametrize("wrong", ["locked", "question", "site", "key", "unknown", "count"])
def test_an_answer_that_proves_less_is_refused(owner, phone, wrong):
    asked, other = owner.ask(), owner.ask()
    unlocked = wrong != "locked"
    if wrong == "site":
        phone.site = passkeys.Site("books.example", "https://evil.example")
    if wrong == "key":
        phone.key = Device().key
    if wrong == "unknown":
        phone.id = secrets.token_bytes(32)
    if wrong == "count":
        owner.enter(phone.sign(other.options), other)
        phone.count -= 1
    answer = phone.sign(other.options if wrong == "question" else asked.options, unlocked)
    with pytest.raises(NotSignedIn):
        owner.enter(answer, asked)


def test_wrong_answers_lock_the_name_out(owner, phone):
    phone.key = Device().key
    for _time in range(5):
        asked = owner.ask()
        with pytest.raises(NotSignedIn):
            owner.enter(phone.sign(asked.options), asked)
    asked = owner.ask()
    with pytest.raises(TooManyRequests):
        owner.enter(phone.sign(asked.options), asked)


def test_who_was_deactivated_stays_outside(owner, phone, world):
    with owner.acting() as session:
        session.get_one(User, owner.user_id).active = False
    asked = owner.ask()
    with pytest.raises(NotSignedIn):
        owner.enter(phone.sign(asked.options), asked)


def test_a_device_that_was_not_unlocked_is_not_added(owner, world):
    with pytest.raises(InvalidInput):
        owner.add(Device(), unlocked=False)
    assert world.all(sa.select(Passkey)) == []


def test_a_passkey_is_added_once_and_each_question_is_good_once(owner, phone):
    with pytest.raises(AlreadyExists):
        owner.add(phone)
    asked = owner.ask_for_new()
    owner.add(Device(), asked)
    with pytest.raises(NotSignedIn):
        owner.add(Device(), asked)


def test_the_device_is_told_which_passkeys_there_are(owner, phone):
    assert [one["id"] for one in owner.ask_for_new().options["excludeCredentials"]] == [text(phone.id)]


def test_removed_it_opens_nothing_and_both_are_in_the_log(owner, phone, world):
    [kept] = world.all(sa.select(Passkey))
    with owner.acting() as session:
        with pytest.raises(NotFound):
            passkeys.remove(session, owner.user_id + 1, kept.id)
        passkeys.remove(session, owner.user_id, kept.id)
    asked = owner.ask()
    with pytest.raises(NotSignedIn):
        owner.enter(phone.sign(asked.options), asked)
    rows = world.all(sa.select(AuditRow).where(AuditRow.table_name == "core_passkey").order_by(AuditRow.id))
    assert [row.operation for row in rows] == ["I", "D"]


def test_when_it_was_used_last_is_kept(owner, phone, world):
    world.clock.at += timedelta(hours=1)
    asked = owner.ask()
    owner.enter(phone.sign(asked.options), asked)
    with owner.acting() as session:
        [kept] = passkeys.of_user(session, owner.user_id)
    assert (kept.name, kept.used_at) == ("Phone", world.clock.now())
