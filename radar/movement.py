"""How a blip came to be where it is. Pure functions over ring orders (0 is the centre)."""

NEW, MOVED_IN, MOVED_OUT, UNCHANGED = "new", "moved_in", "moved_out", "unchanged"


def movement(before: int | None, after: int, *, is_first: bool = False) -> str:
    """What became of a technology between two editions of a radar.

    `before` is its ring in the edition before, None where it was not in there. In a radar's first
    edition (`is_first`) nothing has moved yet.
    """
    if is_first:
        return UNCHANGED
    if before is None:
        return NEW
    if after == before:
        return UNCHANGED
    return MOVED_IN if after < before else MOVED_OUT
