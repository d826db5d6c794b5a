"""When and in what order: Prefect flows, one a verb, with no logic of their own.

Importing this package settles Prefect's environment (see `flows.environment`), so it comes before any `import prefect`.
"""

from flows.environment import prepare

prepare()
