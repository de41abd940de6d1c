"""Passwords that are guessed first, made rather than listed: common words in the disguises people give them.

Lists of leaked passwords are mostly a few hundred words with digits and signs around them, letters replaced by figures,
said twice, or a walk over the keyboard. Whoever guesses applies the same disguises, so they are taken off before
looking. What is left of a sentence of several uncommon words is no common word.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_WORDS: Final = """
    password passwort passwd passphrase pass secret login logon signin welcome letmein open changeme change default
    administrator admin adm root user guest test tester demo temp backoffice office company business accounting account
    finance manager support service system server computer internet google facebook apple samsung microsoft windows
    abc abcd abcde abcdef xyz qwerty qwertz azerty asdf asdfgh zxcv zxcvbn iloveyou love lovely loveme baby angel
    football soccer baseball basketball hockey superman batman spiderman pokemon starwars princess sunshine monkey
    dragon master shadow killer ninja tiger lion eagle panther falcon phoenix flower summer winter spring autumn
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday hello freedom whatever trustno money dollar chocolate cookie coffee pepper ginger
    jesus god heaven michael jordan jennifer jessica ashley charlie thomas robert daniel george andrew joshua michelle
    mohammed muhammad mohamed ahmed ali omar hassan hussein abdullah abdul rahman khaled khalid fatima aisha maryam
    allah bismillah habibi hayati saudi arabia riyadh jeddah makkah mecca madinah dubai emirates kuwait qatar egypt
    cairo jordan iraq yemen oman bahrain marhaba salam london england america canada australia india pakistan germany
    كلمة المرور السر كلمه مرحبا السلام عليكم محمد احمد الله بسم حبيبي السعودية الرياض مدير الشركة المحاسبة
"""
_KEYBOARD: Final = (
    "01234567890", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgb", "qweasdzxc",
    "abcdefghijklmnopqrstuvwxyz", "ضصثقفغعهخحجد", "شسيبلاتنمكط",
)  # fmt: skip
_FIGURES: Final = str.maketrans("013457@$!|", "oleastasil")
_LONGEST_LOOKED_AT: Final = 64


def is_common(password: str) -> bool:
    """Tell whether ``password``, in small letters, is one of the first that are guessed."""
    text = password[:_LONGEST_LOOKED_AT]
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return any(_is_known(each) for each in (text, core.translate(_FIGURES))) or _is_walk(text) or _is_walk(core)


def _is_known(text: str) -> bool:
    bare = re.sub(r"[\W\d_]", "", text)
    return not bare or _said(bare)


def _said(bare: str) -> bool:
    """Tell whether ``bare`` is one common word or two, or one said again and again."""
    found = _pattern().fullmatch(bare)
    return found is not None or (len(_unit(bare)) < len(bare) and _pattern().fullmatch(_unit(bare)) is not None)


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _WORDS.split()), key=len, reverse=True))
    return re.compile(rf"(?:{words}){{1,2}}s?")


def _is_walk(text: str) -> bool:
    """Tell whether ``text`` is made of walks over the keyboard, at most three, with other signs between."""
    rest = re.sub(r"[\W_]", "", text)
    walks = 0
    while rest and walks < 3:
        length = _walk(rest)
        if not length:
            return False
        rest, walks = rest[length:], walks + 1
    return not rest


def _walk(text: str) -> int:
    """Return how many of the first characters of ``text`` lie beside each other, at least three, else none."""
    for length in range(len(text), 2, -1):
        beginning = text[:length]
        if any(beginning in row * 2 or beginning in row[::-1] * 2 for row in _KEYBOARD) or len(set(beginning)) == 1:
            return length
    return 0


def _unit(text: str) -> str:
    """Return the part that ``text`` repeats, or ``text`` itself."""
    return text[: (text + text).find(text, 1)]


__all__ = ["is_common"]
