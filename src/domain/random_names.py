"""Names of flow runs that were created without one, as `brave-otter-6f3k9q`.

Two words come from the random bits of the run's id, and the digits behind them are the second of its
creation. So the name follows from the id, and leads back to the ids of one second: no index needs to list it.
Therefore neither the words nor the digits may ever change.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from domain.ids import created_from_id, first_id_at, random_bits_of, time_ordered_id
from domain.times import EPOCH

# The words may be as they are, but never others: see above.
_FIRST: Final = """
    amber ancient autumn bold brave bright brisk calm candid clever cobalt copper coral
    crimson curious daring eager early electric emerald fabled fair gentle gilded golden grand
    hazel hidden humble indigo ivory jade jolly keen kind lively lucid lunar mellow merry
    misty modest nimble noble olive opal patient placid plucky polar proud quiet rapid rosy
    royal rustic sable scarlet serene silent silver sincere solar spry steady stellar sunny
    swift tidy tranquil upbeat velvet vivid warm wise witty zesty
""".split()  # noqa: SIM905 - easier to read and to add to than quoted words

_SECOND: Final = """
    albatross badger beaver bison bittern buzzard caribou cheetah condor cormorant cougar
    coyote crane curlew dolphin dormouse eagle egret falcon ferret finch gannet gazelle gecko
    gibbon goshawk grouse hamster hare harrier hedgehog heron hornet ibex iguana jackal jaguar
    kestrel kingfisher lapwing lemur leopard linnet lizard lynx mallard marmot marten meerkat
    mongoose narwhal newt nightjar ocelot osprey otter panther partridge peacock pelican
    petrel plover puffin quail raven robin salamander sandpiper seal shearwater sparrow
    starling stork swallow tapir tern thrush toucan viper vole walrus warbler weasel
""".split()  # noqa: SIM905 - easier to read and to add to than quoted words


# Without letters that look like a digit, and without `u`, so that few words come about.
_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
# Six digits last until 2054. Names of later runs have seven, until the year 3108.
_BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)
_FEWEST, _MOST = 6, 7
_SECOND_OF_TIME: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)


def made_up_name(flow_run_id: str) -> str:
    """Return the name of a flow run that was given none: two words and the second of its creation."""
    bits = random_bits_of(flow_run_id)
    first, second = _FIRST[bits % len(_FIRST)], _SECOND[bits // len(_FIRST) % len(_SECOND)]
    seconds = max(0, (created_from_id(flow_run_id) - _BEGAN) // _SECOND_OF_TIME)
    return f"{first}-{second}-{_digits(seconds)}"


def ids_by_made_up_name(name: str) -> tuple[str, str] | None:
    """Return the smallest and the largest id that a flow run with this made-up name can have.

    Return None if `made_up_name` makes no such name. Other runs of the same second lie between the two.
    """
    first, _, rest = name.partition("-")
    second, _, digits = rest.partition("-")
    if first not in _FIRST or second not in _SECOND or not _FEWEST <= len(digits) <= _MOST:
        return None
    if not _VALUES.keys() >= set(digits):
        return None
    seconds = 0
    for digit in digits:
        seconds = seconds * len(_DIGITS) + _VALUES[digit]
    if _digits(seconds) != digits:
        return None
    begins = _BEGAN + seconds * _SECOND_OF_TIME
    # An older id, by a clock that was far behind, has the name of the first second.
    earliest = begins if seconds else EPOCH
    return first_id_at(earliest), time_ordered_id(begins + _SECOND_OF_TIME - _MICROSECOND, -1)


def _digits(number: int) -> str:
    found = ""
    while number or len(found) < _FEWEST:
        number, value = divmod(number, len(_DIGITS))
        found = _DIGITS[value] + found
    return found
