"""Tables of any make as columns: CSV in its many forms, Parquet, JSON lines."""

import json
import keyword
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.tree import is_image
from util import DataError

if TYPE_CHECKING:
    import pandas as pd

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
JSON_SUFFIXES = (".jsonl", ".ndjson")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, ".parquet", *JSON_SUFFIXES)
# A table of an image a row; more than this is something else.
MAX_BYTES = 4 * 2**30
MAX_ROWS = 20_000_000
# By how much packed columns may grow: a Parquet file of a kilobyte can claim a terabyte.
MAX_UNPACKED = 8 * 2**30
DELIMITERS = ",;\t|"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[nN][aA][nN]"


def read_table(path: Path) -> "pd.DataFrame":
    """A table as it is written: text where the file says no type.

    Args:
        path: .csv, .tsv or .txt (delimiter and encoding are found out), .parquet, .jsonl.

    Raises:
        DataError: it cannot be read or is no table, or is too large.
    """
    suffix = path.suffix.lower()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES // 2**30} GiB: divide it.")
        if suffix == ".parquet":
            frame = _read_parquet(path)
        elif suffix in JSON_SUFFIXES:
            frame = _read_json_lines(path)
        else:
            frame = _read_text(path, suffix)
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{path} is larger than this machine's memory: divide it.") from None
    except Exception as error:
        # pandas, pyarrow and csv have errors of their own for the same broken file.
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise DataError(f"{path} cannot be read as a table: {first}; look into it.") from error
    if not len(frame) or not len(frame.columns):
        raise DataError(f"{path} has no rows; wanted is a row an image, with its path.")
    return frame


def _read_text(path: Path, suffix: str) -> "pd.DataFrame":
    import pandas as pd

    with path.open("rb") as file:
        head = file.read(2**16)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("it holds zero bytes, as no text does")
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "latin-1"):
        try:
            lines = head.decode(encoding, "replace").splitlines()
            header = next((line for line in lines if line.strip()), "")
            delimiter = "\t" if suffix == ".tsv" else _delimiter(header)
            named = not any(is_image(cell.strip(" \"'")) for cell in header.split(delimiter))
            frame = pd.read_csv(
                path,
                sep=delimiter,
                header=0 if named else None,
                dtype=str,
                encoding=encoding,
                na_filter=False,
                index_col=False,
                skipinitialspace=True,
            )
        except UnicodeDecodeError:
            continue
        if not named:
            count = len(frame.columns)
            first = next(i for i in range(count) if is_image(str(frame.iloc[0, i]).strip()))
            names = [f"column_{i + 1}" for i in range(count)]
            names[first] = "path"
            if count == 2:
                names[1 - first] = "label"
            frame.columns = pd.Index(names)
        return frame.loc[:, [not str(name).startswith("Unnamed: ") for name in frame.columns]]
    raise ValueError("its text is of no known encoding")


def _delimiter(header: str) -> str:
    """The one that a header has most often outside quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=lambda one: (bare.count(one), -DELIMITERS.index(one)))


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        facts = file.metadata
        size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
        if facts.num_rows > MAX_ROWS or size > MAX_UNPACKED:
            raise DataError(
                f"{path} claims {facts.num_rows:,} rows and {size:,} bytes, and at most "
                f"{MAX_ROWS:,} rows and {MAX_UNPACKED:,} bytes are read: divide it."
            )
        # Without pandas' own notes in the file, which name types to be made.
        frame: pd.DataFrame = file.read().replace_schema_metadata(None).to_pandas()
        return frame


def _read_json_lines(path: Path) -> "pd.DataFrame":
    import pandas as pd

    with path.open(encoding="utf-8-sig") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError('each line must be an object, such as {"file_name": "1.jpg"}')
    return pd.DataFrame(rows)


def identifier(name: str) -> str:
    """A column's name as a Python identifier in lower case."""
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", str(name)).lower()).strip("_")
    plain = plain or "column"
    if not plain.isidentifier():
        plain = f"c_{plain}"
    if not plain.isidentifier():
        plain = "column"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def identifiers(names: Iterable[Any]) -> list[str]:
    """As `identifier`, and where two become the same the later ones are numbered."""
    taken: set[str] = set()
    result = []
    for name in names:
        plain = wanted = identifier(str(name))
        number = 1
        while wanted in taken:
            number += 1
            wanted = f"{plain}_{number}"
        taken.add(wanted)
        result.append(wanted)
    return result


def as_strings(column: "pd.Series[Any]") -> NDArray[np.object_]:
    """A column as text without space around it; what is missing is "", lists are joined by |."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        # Text such as 2024-03-01, with the time only where there is one.
        column = column.astype(str).str.removesuffix(" 00:00:00").replace("NaT", "")
    if pd.api.types.is_float_dtype(column.dtype):
        whole = column.dropna()
        if len(whole) and np.isfinite(whole).all() and (whole == whole.round()).all():
            column = column.astype("Int64")
    if column.dtype == object and column.map(lambda one: not isinstance(one, str | None)).any():
        column = column.map(_cell)
    text = column.astype("string").fillna("").astype(str).str.strip()
    return text.to_numpy(dtype=object)


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | np.ndarray):
        return "|".join(str(one) for one in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def as_column(column: "pd.Series[Any]") -> NDArray[Any]:
    """A column as bool, int64, float64 or text (object).

    What is missing is NaN among numbers and "" in text. Text of digits only that has a leading
    zero, such as 007, stays text, and so do dates.
    """
    import pandas as pd

    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind) and not column.isna().any():
        return column.to_numpy(dtype=np.bool_)
    if pd.api.types.is_integer_dtype(kind) and not column.isna().any():
        fits = column.max() <= np.iinfo(np.int64).max
        return column.to_numpy(dtype=np.int64 if fits else np.float64)
    if pd.api.types.is_float_dtype(kind) or pd.api.types.is_integer_dtype(kind):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    strings = as_strings(column)
    text = pd.Series(strings, dtype=object).astype(str)
    filled = text[text != ""]
    if not len(filled):
        return strings
    lower = filled.str.lower()
    if len(filled) == len(text) and lower.isin(["true", "false"]).all():
        return (lower == "true").to_numpy(dtype=np.bool_)
    if not filled.str.fullmatch(NUMBER).all() or filled.str.match(r"[+-]?0\d").any():
        return strings
    numbers = pd.to_numeric(filled, errors="coerce")
    if pd.api.types.is_integer_dtype(numbers.dtype) and len(filled) == len(text):
        # Identifiers of more digits than a number holds stay what they are.
        return numbers.to_numpy(dtype=np.int64) if numbers.dtype == np.int64 else strings
    return numbers.astype(np.float64).reindex(text.index).to_numpy(dtype=np.float64)
