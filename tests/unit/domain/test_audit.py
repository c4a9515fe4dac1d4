from domain.access.audit import MORE, MOST_TARGETS, TARGET_CHARACTERS, kept_targets


def test_targets_that_are_cut_stay_different():
    kept = kept_targets(f"{'x' * 70}{end}" for end in "abab")

    assert len(set(kept)) == 2
    assert all(len(target) == TARGET_CHARACTERS and target.startswith("x" * 43 + "…") for target in kept)
    assert kept_targets(["x" * TARGET_CHARACTERS]) == ("x" * TARGET_CHARACTERS,)


def test_last_target_tells_that_there_were_more():
    names = [f"name {number}" for number in range(MOST_TARGETS + 1)]

    assert kept_targets(names[:MOST_TARGETS] * 2) == tuple(names[:MOST_TARGETS])
    assert kept_targets(names) == (*names[: MOST_TARGETS - 1], MORE)


def test_target_that_cannot_be_written_is_kept_in_another_form():
    for target in ("\ud800", "\ud800" * 99):
        (kept,) = kept_targets([target])
        assert kept.encode()
