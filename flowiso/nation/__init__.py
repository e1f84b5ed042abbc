"""The figures of many agencies from files: what each tells as Parquet (`facts`, `files`), and the statistics over them
(`statistics`, by Ibis on DuckDB or Spark). docs/nation.md describes both.
"""
