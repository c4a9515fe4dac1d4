"""Names for runs that were created without one: two words, as `brave-otter`."""

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
    """Return two words joined by a dash, which the bits choose."""
    first, rest = random_bits % len(_FIRST), random_bits // len(_FIRST)
    return f"{_FIRST[first]}-{_SECOND[rest % len(_SECOND)]}"
