"""The second factor: codes of an authenticator, once each, recovery codes, and who must have one."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import Conflict, InvalidInput, NotSignedIn, TooManyRequests
from backoffice.core.users import second_factor, sign_in
from backoffice.core.users.halfway import Halfway, prove_second_factor
from backoffice.core.users.models import LoginSession, RecoveryCode, Role, SecondFactor, SignIn

from .conftest import PASSWORD


class Phone:
    """The authenticator of amal."""

    def __init__(self, world):
        self.world = world
        self.user_id = world.user("amal")
        self.seed = second_factor.enrol(world.database, user_id=self.user_id, clock=world.clock).seed

    def code(self, ahead=0):
        return pyotp.HOTP(self.seed).at(int(self.world.clock.now().timestamp()) // 30 + ahead)

    def confirm(self, code=None, **how):
        return second_factor.confirm(
            self.world.database, user_id=self.user_id, code=code or self.code(), clock=self.world.clock, **how
        )

    def prove(self, code, challenge=None):
        challenge = challenge or self.world.sign_in().challenge
        return prove_second_factor(self.world.database, challenge=challenge, code=code, clock=self.world.clock)


@pytest.fixture
def phone(world):
    """An authenticator in use, a minute ago."""
    made = Phone(world)
    made.recovery = made.confirm()
    world.later(minutes=1)
    return made


def test_the_address_for_the_camera_names_the_office_and_the_person(world):
    made = second_factor.enrol(world.database, user_id=world.user("amal"), clock=world.clock)
    assert made.uri == f"otpauth://totp/Shop:amal?secret={made.seed}&issuer=Shop"


def test_the_seed_is_sealed_and_not_in_the_log_of_changes(world):
    phone = Phone(world)
    phone.confirm()
    assert phone.seed not in world.one(sa.select(sa.cast(SecondFactor.seed, sa.Text)).select_from(SecondFactor))
    rows = world.all(sa.select(AuditRow).where(AuditRow.table_name == "core_second_factor").order_by(AuditRow.id))
    assert [(row.action, row.operation) for row in rows] == [
        ("core.enrol_second_factor", "I"),
        ("core.confirm_second_factor", "U"),
    ]
    assert not any("seed" in row.payload for row in rows)


def test_an_authenticator_that_was_not_confirmed_asks_for_nothing(world):
    Phone(world)
    assert world.sign_in().token


def test_a_wrong_code_confirms_nothing_and_counts(world):
    phone = Phone(world)
    for _attempt in range(5):
        with pytest.raises(InvalidInput):
            phone.confirm("000000")
    with pytest.raises(TooManyRequests):
        phone.confirm()


def test_taking_it_into_use_signs_other_browsers_out(world):
    mine, other = world.sign_in().token, world.sign_in().token
    Phone(world).confirm(keep=mine)
    assert sign_in.find_session(world.database, mine, clock=world.clock)
    with pytest.raises(NotSignedIn):
        sign_in.find_session(world.database, other, clock=world.clock)


def test_a_second_authenticator_does_not_push_the_first_aside(world, phone):
    with pytest.raises(Conflict):
        second_factor.enrol(world.database, user_id=phone.user_id, clock=world.clock)


def test_the_password_alone_leads_halfway_and_starts_no_session(world, phone):
    before = len(world.all(sa.select(LoginSession.id)))
    assert isinstance(world.sign_in(), Halfway)
    assert len(world.all(sa.select(LoginSession.id))) == before


def test_the_code_of_now_completes_the_sign_in(world, phone):
    assert phone.prove(phone.code()).session.identity.username == "amal"


def test_a_code_may_be_typed_with_blanks_and_in_arabic_digits(world, phone):
    code = phone.code().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert phone.prove(f" {code[:3]} {code[3:]}").token


@pytest.mark.parametrize(("ahead", "accepted"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_half_a_minute(world, phone, ahead, accepted):
    if accepted:
        assert phone.prove(phone.code(ahead)).token
        return
    with pytest.raises(InvalidInput):
        phone.prove(phone.code(ahead))


def test_a_code_is_good_once(world, phone):
    code = phone.code()
    phone.prove(code)
    with pytest.raises(InvalidInput, match="used before"):
        phone.prove(code)


def test_a_code_of_before_one_that_was_used_is_refused(world, phone):
    phone.prove(phone.code())
    with pytest.raises(InvalidInput):
        phone.prove(phone.code(-1))


def test_of_many_who_send_one_code_at_once_one_gets_in(world, phone):
    challenges = [world.sign_in().challenge for _number in range(4)]
    code = phone.code()

    def send(challenge):
        try:
            return phone.prove(code, challenge).token
        except (InvalidInput, TooManyRequests):
            return ""

    with ThreadPoolExecutor(4) as pool:
        assert len([token for token in pool.map(send, challenges) if token]) == 1


def test_a_recovery_code_works_once_and_is_written_to_the_log(world, phone):
    code = phone.recovery[3].replace("-", " ").upper()
    assert phone.prove(code).token
    with pytest.raises(InvalidInput):
        phone.prove(code)
    assert second_factor.standing(world.database, phone.user_id).codes_left == 9
    ways = world.all(sa.select(SignIn.way).where(SignIn.outcome == "succeeded").order_by(SignIn.id))
    assert ways[-1] == "recovery"


def test_recovery_codes_are_stored_as_hashes(world, phone):
    stored = world.all(sa.select(RecoveryCode.code_hash))
    assert len(set(stored)) == second_factor.RECOVERY_CODES
    assert not {code.replace("-", "") for code in phone.recovery} & set(stored)


def test_whoever_has_the_password_gets_no_more_tries_at_the_code_than_the_limit(world, phone):
    """Each time the password is right again, and that must not start the count anew."""
    for _attempt in range(5):
        with pytest.raises(InvalidInput):
            phone.prove("000000")
    with pytest.raises(TooManyRequests):
        world.sign_in()


def test_a_challenge_ends_after_five_minutes(world, phone):
    challenge = world.sign_in().challenge
    world.later(minutes=5, seconds=1)
    with pytest.raises(NotSignedIn):
        phone.prove(phone.code(), challenge)


def test_a_challenge_works_once(world, phone):
    challenge = world.sign_in().challenge
    phone.prove(phone.code(), challenge)
    world.later(minutes=1)
    with pytest.raises(NotSignedIn):
        phone.prove(phone.code(), challenge)


def test_a_new_password_ends_the_challenges_of_the_old_one(world, phone):
    challenge = world.sign_in().challenge
    sign_in.change_password(
        world.database, user_id=phone.user_id, old=PASSWORD, new="another quiet camel", clock=world.clock
    )
    with pytest.raises(NotSignedIn):
        phone.prove(phone.code(), challenge)


def test_without_its_authenticator_a_user_signs_in_by_password_again(world, phone):
    with world.session() as session:
        assert second_factor.remove(session, phone.user_id)
        session.commit()
    assert world.sign_in().token
    assert world.all(sa.select(RecoveryCode.id)) == []


def test_a_role_that_needs_a_second_factor_leaves_nothing_else_to_do(world):
    with world.system() as session:
        session.execute(sa.update(Role).where(Role.code == "core.administrator").values(second_factor=True))
        session.commit()
    token = world.sign_in().token
    assert world.sign_in("amal@farm").session.must_enrol
    Phone(world).confirm(keep=token)
    assert not sign_in.find_session(world.database, token, clock=world.clock).must_enrol
