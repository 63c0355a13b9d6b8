"""Opens every table of some results by pandas, pyarrow, Polars and DuckDB, and holds them to each other, to the CSV and to the manifest."""

import csv
import json
import math
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

# The types of columns: as pyarrow, pandas, Polars and DuckDB call them.
TYPES = {
    "string": ("string", {"object", "str", "string"}, pl.String, "VARCHAR"),
    "int32": ("int32", {"int32"}, pl.Int32, "INTEGER"),
    "uint64": ("uint64", {"uint64"}, pl.UInt64, "UBIGINT"),
    "date32[day]": ("date32[day]", {"object"}, pl.Date, "DATE"),
    "double": ("double", {"float64"}, pl.Float64, "DOUBLE"),
}

checked = 0


def must(holds, what):
    global checked
    checked += 1
    if not holds:
        sys.exit(f"FAILED: {what}")


def total(values):
    """Sum of what is there, exact, so that no reader's order of adding matters."""
    return math.fsum(value for value in values if value is not None and not math.isnan(value))


def table(path, notes):
    name = f"{path.parent.parent.name}/{path.stem}"
    arrow = pq.read_table(path, page_checksum_verification=True)
    frame = pd.read_parquet(path)
    polars = pl.read_parquet(path)
    duck = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    with open(path.parent / "csv" / f"{path.stem}.csv", newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    must(arrow.column_names == head, f"{name}: columns {arrow.column_names} and in the CSV {head}")
    must(list(frame.columns) == head and polars.columns == head and duck.columns == head, f"{name}: columns differ")
    count = len(rows)
    counts = (arrow.num_rows, len(frame), polars.height, len(duck))
    must(counts == (count,) * 4, f"{name}: {count} rows in the CSV, {counts} read")
    for place, column in enumerate(head):
        kind = str(arrow.schema.field(column).type)
        must(kind in TYPES, f"{name}.{column}: {kind}")
        _, in_pandas, in_polars, in_duck = TYPES[kind]
        must(str(frame.dtypes[column]) in in_pandas, f"{name}.{column}: {frame.dtypes[column]} in pandas")
        must(polars.schema[column] == in_polars, f"{name}.{column}: {polars.schema[column]} in Polars")
        must(str(duck.types[place]) == in_duck, f"{name}.{column}: {duck.types[place]} in DuckDB")
        cells = [row[place] for row in rows]
        quoted = column.replace('"', '""')
        of_duck = [row[0] for row in duckdb.sql(f"SELECT \"{quoted}\" FROM read_parquet('{path}')").fetchall()]
        if kind == "double":
            expected = [float(cell) if cell else None for cell in cells]
            for reader, values in {
                "pyarrow": arrow[column].to_pylist(),
                "pandas": [None if math.isnan(value) else value for value in frame[column].tolist()],
                "Polars": polars[column].to_list(),
                "DuckDB": of_duck,
            }.items():
                must(values == expected, f"{name}.{column}: {reader} reads other numbers than the CSV has")
                must(total(values) == total(expected), f"{name}.{column}: sum in {reader}")
            must(duckdb.sql(f"SELECT count(\"{quoted}\") FROM read_parquet('{path}')").fetchall()[0][0] == sum(cell != "" for cell in cells), f"{name}.{column}: missing values")
        else:
            for reader, values in {
                "pyarrow": arrow[column].to_pylist(),
                "pandas": frame[column].tolist(),
                "Polars": polars[column].to_list(),
                "DuckDB": of_duck,
            }.items():
                must([str(value) for value in values] == cells, f"{name}.{column}: {reader} reads other values than the CSV has")
        note = notes.get((path.stem, column))
        must(note is not None and note["holds"] and note["role"], f"{name}.{column}: no words in the manifest")
    return count, len(head)


for folder in map(Path, sys.argv[1:]):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    notes = {(note["table"], note["column"]): note for note in manifest["columns"]}
    files = [entry["name"] for entry in manifest["files"] if entry["name"].endswith(".parquet")]
    must(files, f"{folder}: no tables")
    read = [table(folder / name, notes) for name in files]
    columns = sum(width for _, width in read)
    must(columns == len(notes), f"{folder}: {len(notes)} columns in the manifest, {columns} in the tables")
    rows = {entry["name"]: entry["rows"] for entry in manifest["files"]}
    must(all(rows[name] == count for name, (count, _) in zip(files, read)), f"{folder}: rows differ from the manifest's")
    print(f"{manifest['experiment']}: {len(files)} tables, {columns} columns, {sum(count for count, _ in read)} rows")
print(f"{checked} checks hold; pandas {pd.__version__}, pyarrow {pq.__name__ and __import__('pyarrow').__version__}, Polars {pl.__version__}, DuckDB {duckdb.__version__}")
