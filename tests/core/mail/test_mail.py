"""Mail goes out once its business is committed, in the reader's language and direction, again until it is taken."""

import socket
import ssl
import threading
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError, Conflict, InvalidInput
from backoffice.core.mail import Enclosure, Letter, queue
from backoffice.core.mail.models import Mail
from backoffice.core.mail.sending import hand_over
from backoffice.core.mail.settings import MailSettings, address_of
from backoffice.core.testing.offices import NOON, desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.testing.work import work_off
from backoffice.core.users.models import User
from backoffice.hookspecs import messages

_ = messages("backoffice")

LETTER = Letter(
    "core.test",
    _("Company"),
    (_("Address"), "<b>not bold</b> & plain"),
    facts=((_("Name"), "Acme & Co"),),
    button=(_("Country"), "https://office.example/?a=1&b=2"),
    closing=(_("Currency"),),
)


def send(desk, letter=LETTER, **how):
    return desk.run(lambda session: queue(session, letter, **{"to": "amal@shop.example", "language": "en", **how}).id)


def mail(desk, id_):
    with desk.reading() as session:
        return session.get(Mail, id_)


def parts(message):
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


def test_a_letter_arrives_as_text_and_as_a_page(desk, server):
    send(desk, name="Amal")
    assert server.got == []
    work_off(desk.office)
    [got] = server.got
    assert (got["From"], got["To"], got["Subject"]) == (
        "Acme Books <books@acme.example>", "Amal <amal@shop.example>", "Company",
    )  # fmt: skip
    said = parts(got)
    assert "Name: Acme & Co" in said["text/plain"]
    assert "https://office.example/?a=1&b=2" in said["text/plain"]
    assert '<html lang="en" dir="ltr">' in said["text/html"]
    assert "&lt;b&gt;not bold&lt;/b&gt; &amp; plain" in said["text/html"]


def test_in_arabic_it_reads_from_right_to_left(desk, server):
    send(desk, language="ar")
    work_off(desk.office)
    [got] = server.got
    assert got["Subject"] == "الشركة"
    assert '<html lang="ar" dir="rtl">' in parts(got)["text/html"]
    assert "text-align:right" in parts(got)["text/html"]


def test_nothing_is_sent_of_a_transaction_that_was_undone(desk, server):
    def work(session):
        queue(session, LETTER, to="amal@shop.example", language="en")
        raise Conflict("no")

    with pytest.raises(Conflict):
        desk.run(work)
    work_off(desk.office)
    assert server.got == []


def test_files_go_with_it(desk, server):
    send(desk, enclosures=[Enclosure("فاتورة 1.txt", "text/plain", "مرحبا".encode())])
    work_off(desk.office)
    [file] = server.got[0].iter_attachments()
    assert (file.get_filename(), file.get_content().strip()) == ("فاتورة 1.txt", "مرحبا")


def test_what_the_server_refuses_for_now_is_sent_later_under_the_same_number(mailing, server):
    desk = desk_of(mailing)
    server.refuse = ["450 later"]
    id_ = send(desk)
    work_off(mailing)
    found = mail(desk, id_)
    assert (found.state, found.attempts) == ("failed", 1)
    assert "450" in found.error
    mailing.clock = FixedClock(NOON + timedelta(minutes=1))
    work_off(mailing)
    assert (mail(desk, id_).state, server.got[0]["Message-ID"]) == ("sent", found.message_id)


def test_what_the_server_refuses_for_good_is_given_up_until_somebody_sends_it_again(desk, server):
    server.refuse = ["550 no such person"]
    id_ = send(desk)
    work_off(desk.office)
    assert mail(desk, id_).state == "dead"
    assert [c.run()[0] for _p, c in desk.office.hooks.health(desk.office) if c.name == "core.mail"] == ["warning"]
    desk.execute("core.retry_mail", id=id_)
    work_off(desk.office)
    assert mail(desk, id_).state == "sent"


def test_a_mail_can_be_taken_out_of_the_queue(desk, server):
    id_ = send(desk)
    desk.execute("core.cancel_mail", id=id_)
    work_off(desk.office)
    assert server.got == []


def test_what_a_secret_mail_says_is_kept_nowhere_once_it_was_sent(desk, server):
    id_ = send(desk, secret=True)
    waiting = mail(desk, id_)
    assert (waiting.text, waiting.content) == (None, None)
    assert "office.example" not in waiting.sealed.token
    work_off(desk.office)
    assert "https://office.example/?a=1&b=2" in parts(server.got[0])["text/plain"]
    sent = mail(desk, id_)
    assert (sent.state, sent.sealed, sent.content, sent.text) == ("sent", None, None, None)


def test_whoever_forgot_their_password_is_mailed_a_link(mailing, server):
    with mailing.database.system() as session, session.begin():
        user = session.query(User).filter_by(username="admin").one()
        user.email, user.language = "admin@acme.example", "ar"
    visitor = Visitor(mailing)
    visitor.open("/forgot-password")
    visitor.post("/forgot-password", {"address": "admin"})
    work_off(mailing)
    [got] = server.got
    assert "http://office.example/reset-password/" in parts(got)["text/plain"]
    assert '<html lang="ar" dir="rtl">' in parts(got)["text/html"]
    [row] = desk_of(mailing).list("core.mail").records
    assert (row.purpose, row.secret, row.text) == ("core.reset_password", True, None)


def test_the_answer_is_the_same_for_a_name_that_does_not_exist(mailing, server):
    visitor = Visitor(mailing)
    pages = []
    for name in ("admin", "nobody-at-all"):
        visitor.open("/forgot-password")
        pages.append(visitor.post("/forgot-password", {"address": name}).text.replace(name, ""))
    assert pages[0] == pages[1]
    assert server.got == []


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@", "@b.example", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "a@b.example\n"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InvalidInput):
        address_of(address)


def test_a_server_that_cannot_prove_who_it_is_is_given_nothing(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate("localhost"))
    heard = []

    def listen():
        taken, _address = listening.accept()
        try:
            with context.wrap_socket(taken, server_side=True) as encrypted:
                heard.append(encrypted.recv(100))
        except OSError:
            taken.close()

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    settings = MailSettings("a@b.example", "localhost", listening.getsockname()[1], "tls", "user", "password")
    with pytest.raises(ssl.SSLCertVerificationError):
        hand_over(settings, EmailMessage(), Configuration())
    thread.join()
    listening.close()
    assert heard == []


def test_while_mail_is_not_set_up_whoever_queues_one_is_told(offices):
    desk = desk_of(offices.make(only=[]))
    with pytest.raises(ConfigurationError, match="not set up"):
        desk.execute("core.send_test_mail", to="amal@shop.example")


def test_while_developing_mail_is_put_into_a_folder(offices, tmp_path):
    section = {"sender": "books@acme.example", "folder": str(tmp_path / "out")}
    desk = desk_of(offices.make(only=[], configuration=Configuration(folder=Path.cwd(), settings={"mail": section})))
    desk.execute("core.send_test_mail", to="amal@shop.example")
    work_off(desk.office)
    [path] = (tmp_path / "out").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    got = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (path.suffix, got["Subject"]) == (".eml", "Mail works")


@pytest.mark.parametrize(
    "section",
    [
        {"server": "mail.example", "sender": "nobody"},
        {"server": "mail.example", "sender": "a@b.example", "security": "perhaps"},
        {"server": "mail.example", "sender": "a@b.example", "security": "none"},
        {"server": "mail.example", "sender": "a@b.example", "porte": 25},
        {"server": "mail.example", "sender": "a@b.example", "port": "twenty"},
    ],
)
def test_what_cannot_be_used_or_is_unsafe_is_refused(section):
    with pytest.raises(ConfigurationError):
        MailSettings.of(Configuration(settings={"mail": section}))
