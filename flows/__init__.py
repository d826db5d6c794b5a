"""When and in what order: Prefect flows, one a verb, with no logic of their own."""
