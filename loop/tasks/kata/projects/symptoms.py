"""What someone notices of a misconception: one sentence a part, keyed by the part's key, by slot where two differ."""

from __future__ import annotations

from collections.abc import Mapping

_SYMPTOMS: Mapping[str, str] = {
    "odd": "Negative odd numbers are left out.",
    "natural": "Zero is left out.",
    "atleast": "A value of exactly {K} is left out.",
    "within": "The ends 1 and {K} are left out.",
    "half": "Negative values are rounded the wrong way.",
    "lastdigit": "Negative values give negative digits.",
    "floor": "Values above {K} are lost, small ones stay.",
    "largest": "With negative values alone it returns 0.",
    "smallest": "With positive values alone it returns 0.",
    "mean": "It crashes when there is none.",
    "firstat": "It does not return -1 if there is none.",
    "lowest": "It does not return -1 if there is none.",
    "distance": "Some distances are negative.",
    "notless": "Equal ones are left out.",
    "botheven": "Two odd ones are taken too.",
    "oneneg": "One negative alone is not enough.",
    "butlast": "The last one is changed too.",
    "drop": "It removes the wrong ones.",
    "related.atleast": "An element equal to t is left out.",
    "close": "Values far below t are taken too.",
    "secondhalf": "The element at n / 2 is left out.",
    "inner": "The last element is taken too.",
    "rising": "It reads before the start of a.",
    "octal": "The digits are decimal ones.",
    "low": "Position 8 is taken too.",
    "high": "Position 16 is left out.",
    "middle": "Positions 8 and 23 are left out.",
    "down": "The number 1 is left out.",
    "digit": "The digits 0 and 9 are left out.",
    "vowel": "The letter i is left out.",
    "letter": "Capital letters are left out.",
    "mark": "Nothing is ever found.",
    "zero": "No 0 is ever found.",
    "early": "The letter m is left out.",
    "afterfirst": "The second character is left out.",
    "firstten": "The sixth character is taken too.",
    "afterspace": "It reads before the start of s.",
    "flipcase": "Lowercase letters stay as they are.",
    "index": "Control characters come out.",
    "previous": "It reads before the start of s.",
    "folded": "Bit 5 is cleared where it was set.",
    "isfull": "A full stack overflows.",
    "until": "It reads below the bottom.",
    "leave": "The last one is popped too.",
    "slot": "It reads past the end of data.",
}


def symptom(slot: str, key: str, constant: str) -> str:
    """Raises KeyError for a part that nobody gets wrong."""
    text = _SYMPTOMS.get(f"{slot}.{key}") or _SYMPTOMS[key]
    return text.replace("{K}", constant)
