"""Names: what a name may be, what a client's becomes, and names for runs that were given none."""

import unicodedata
from typing import Final

from domain.errors import BadUserInput

MAX_NAME_LENGTH: Final = 200

# Control characters, line and paragraph separators, halves of characters. Joiners and wide blanks are no
# such thing: emoji and names in many languages are written with them.
_UNUSABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})

_FIRST = """
    amber ancient autumn bold brave bright brisk calm candid clever cobalt copper coral
    crimson curious daring eager early electric emerald fabled fair gentle gilded golden grand
    hazel hidden humble indigo ivory jade jolly keen kind lively lucid lunar mellow merry
    misty modest nimble noble olive opal patient placid plucky polar proud quiet rapid rosy
    royal rustic sable scarlet serene silent silver sincere solar spry steady stellar sunny
    swift tidy tranquil upbeat velvet vivid warm wise witty zesty
""".split()  # noqa: SIM905 - easier to read and to add to than quoted words

_SECOND = """
    albatross badger beaver bison bittern buzzard caribou cheetah condor cormorant cougar
    coyote crane curlew dolphin dormouse eagle egret falcon ferret finch gannet gazelle gecko
    gibbon goshawk grouse hamster hare harrier hedgehog heron hornet ibex iguana jackal jaguar
    kestrel kingfisher lapwing lemur leopard linnet lizard lynx mallard marmot marten meerkat
    mongoose narwhal newt nightjar ocelot osprey otter panther partridge peacock pelican
    petrel plover puffin quail raven robin salamander sandpiper seal shearwater sparrow
    starling stork swallow tapir tern thrush toucan viper vole walrus warbler weasel
""".split()  # noqa: SIM905 - easier to read and to add to than quoted words


def random_name(random_bits: int) -> str:
    """Two words joined by a dash, chosen by the bits."""
    first, rest = random_bits % len(_FIRST), random_bits // len(_FIRST)
    return f"{_FIRST[first]}-{_SECOND[rest % len(_SECOND)]}"


def check_name(text: object, what: str) -> str:
    """Answer a name as it came. Raises BadUserInput when it is blank, too long or has control characters."""
    if not isinstance(text, str) or not text.strip():
        raise BadUserInput(f"{what} must not be empty.")
    if len(text) > MAX_NAME_LENGTH:
        raise BadUserInput(f"{what} has {len(text)} characters; at most {MAX_NAME_LENGTH} are allowed.")
    if any(unicodedata.category(character) in _UNUSABLE for character in text):
        raise BadUserInput(f"{what} must not contain control characters.")
    return text


def fitted_name(text: str, what: str) -> str:
    """Return the name of a run as it is kept: its runner made it of whatever it works on, and can't mend it.

    Control characters and ends of lines become blanks, halves of characters U+FFFD. A name of more than
    MAX_NAME_LENGTH characters is cut, if possible not between a character and what is combined with it. Of a
    name that is nothing but blanks a sign for one is kept. Raises BadUserInput when there is no character.
    """
    fitted = "".join(_REPLACED.get(unicodedata.category(each), each) for each in text)
    if text and not fitted.strip():
        return _A_BLANK
    if len(fitted) > MAX_NAME_LENGTH:
        fitted = _cut(fitted.strip())
    return check_name(fitted, what)


_REPLACED: Final = {name: "\N{REPLACEMENT CHARACTER}" if name == "Cs" else " " for name in _UNUSABLE}
_A_BLANK: Final = "\N{OPEN BOX}"
_JOINER: Final = "\N{ZERO WIDTH JOINER}"
# What belongs together is shorter; texts that are made to be longer may be cut anywhere.
_LONGEST_SEQUENCE: Final = 32


def _cut(text: str) -> str:
    for end in range(MAX_NAME_LENGTH, MAX_NAME_LENGTH - _LONGEST_SEQUENCE, -1):
        if end >= len(text) or not _belong_together(text[end - 1], text[end]):
            return text[:end]
    return text[:MAX_NAME_LENGTH]


def _belong_together(one: str, next_one: str) -> bool:
    is_mark = unicodedata.category(next_one).startswith("M")
    is_skin_tone = (
        "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}" <= next_one <= "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
    )
    return is_mark or is_skin_tone or _JOINER in (one, next_one)
