"""DuckDB: what is written (`write`), what is asked (`ask`), how it is laid out (`schema`), how it is opened (`db`).

db.Store(path).read() / .write()          context managers giving a duckdb connection; `write` is one transaction
ask.*(connection, ...) -> list of dicts   the questions the command line and the flows put
"""
