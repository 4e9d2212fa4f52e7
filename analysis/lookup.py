"""Which sample a person means: by its index, by its id, or by a part of its id."""

import re

from data import Dataset
from util import UserError

# How many ids are offered while one is being typed.
OFFERED = 12

INDEX = re.compile(r"#?(\d{1,12})")


def find_sample(dataset: Dataset, text: str) -> int:
    """The index of the one sample that a text names.

    A number is an index, unless it is too large for one and some sample has it as its id. Anything
    else is an id, or a part that only one id has; case does not matter in a part.

    Raises:
        UserError: no sample is meant, or several are.
    """
    text, count = text.strip(), len(dataset)
    if not text:
        example = shortened(dataset.ids[0])
        raise UserError(f"Type an index from 0 to {count - 1:,}, or an id such as {example}.")
    number = INDEX.fullmatch(text)
    if number and int(number[1]) < count:
        return int(number[1])
    matches = [index for index, id_ in enumerate(dataset.ids) if id_ == text]
    if matches:
        return matches[0]
    if number:
        raise UserError(f"There is no image {text}: indices go from 0 to {count - 1:,}.")
    matches = matching_ids(dataset, text, 2)
    if len(matches) == 1:
        return matches[0]
    if matches:
        first, second = (shortened(dataset.ids[index]) for index in matches)
        raise UserError(
            f"Several ids contain “{shortened(text)}”, such as {first} and {second}; type more of "
            "the one you mean."
        )
    raise UserError(
        f"No image has the id “{shortened(text)}”; ids look like {shortened(dataset.ids[0])}, "
        f"indices go from 0 to {count - 1:,}."
    )


def matching_ids(dataset: Dataset, text: str, most: int = OFFERED) -> list[int]:
    """Indices of the first samples whose id starts with a text, then of those that contain it."""
    wanted = text.strip().casefold()
    starting: list[int] = []
    containing: list[int] = []
    for index, id_ in enumerate(dataset.ids if wanted else ()):
        at = id_.casefold().find(wanted)
        if at == 0:
            starting.append(index)
            if len(starting) == most:
                break
        elif at > 0 and len(containing) < most:
            containing.append(index)
    return (starting + containing)[:most]


def shortened(text: str, most: int = 60) -> str:
    """The text, or its beginning."""
    return text if len(text) <= most else text[: most - 1] + "…"
