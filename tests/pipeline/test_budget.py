"""Prompts hold what there is room for, and say what they leave out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loop.pipeline.budget import Piece, Room, fit

PIECES = st.lists(
    st.builds(Piece, st.text("ab \n", max_size=12), st.integers(0, 3), st.text("xyz", min_size=1, max_size=4)),
    max_size=9,
)


def pairs(text: str) -> int:
    """Tokens that a text has more of, or fewer, than its pieces: as a real tokenizer counts across their borders."""
    return len(text.replace("ab", "_").replace("  ", "_"))


def test_what_fits_is_whole_and_in_order() -> None:
    pieces = [Piece("one "), Piece("two ", 2, "two"), Piece("three", 1, "three")]
    assert fit(pieces, Room(13, len)) == ("one two three", ())


def test_the_highest_rank_goes_first_and_of_a_rank_the_later_one() -> None:
    pieces = [Piece("a" * 4), Piece("b" * 4, 1, "b"), Piece("c" * 4, 2, "c"), Piece("d" * 4, 1, "d")]
    assert fit(pieces, Room(12, len)) == ("aaaabbbbdddd", ("c",))
    assert fit(pieces, Room(11, len)) == ("aaaabbbb", ("c", "d"))
    assert fit(pieces, Room(7, len)) == ("aaaa", ("b", "c", "d"))


def test_what_must_stay_stays_and_the_room_says_that_it_does_not_hold() -> None:
    room = Room(3, len)
    prompt, dropped = fit([Piece("four"), Piece("x", 1, "x")], room)
    assert (prompt, dropped) == ("four", ("x",))
    assert not room.holds(prompt)
    assert room.holds("one")


def test_what_has_no_name_is_left_out_without_one() -> None:
    assert fit([Piece("a"), Piece("File x:\n", 1), Piece("text", 1, "x")], Room(1, len)) == ("a", ("x",))


@given(PIECES, st.integers(0, 60))
def test_a_prompt_never_exceeds_its_room_unless_what_must_stay_does(pieces: list[Piece], tokens: int) -> None:
    room = Room(tokens, pairs)
    prompt, _ = fit(pieces, room)
    must = "".join(piece.text for piece in pieces if piece.rank == 0)
    assert room.holds(prompt) or prompt == must


@given(PIECES, st.integers(0, 60))
def test_what_is_left_out_is_less_important_than_what_stays(pieces: list[Piece], tokens: int) -> None:
    named = [Piece(piece.text, piece.rank, str(i)) for i, piece in enumerate(pieces)]
    prompt, dropped = fit(named, Room(tokens, pairs))
    stays = [piece for piece in named if piece.name not in dropped]
    assert prompt == "".join(piece.text for piece in stays)
    order = {piece.name: (piece.rank, int(piece.name)) for piece in named}
    assert all(order[name] > order[piece.name] for name in dropped for piece in stays)
