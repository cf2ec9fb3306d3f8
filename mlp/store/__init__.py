"""The store keeps every run on disk: settings, curves and states, so that nothing is lost when a server stops.

    store = Store()
    run_id = store.begin(checkpoint, token)
    store.record(run_id, later)
    …
    latest = store.resume(run_id)  # in another server, after this one was killed

The default is an SQLite file, `runs.sqlite3` in the folder that `mlp.installation` names; MLP_STORE names
any other database by its SQLAlchemy URL. A store records the version of its schema: an older one is migrated in one
transaction when it is opened, a newer one is refused (`mlp.store.schema`).
"""

from mlp.store.errors import StoreError
from mlp.store.records import RunRecord
from mlp.store.store import Store
from mlp.tokens import new_token

__all__ = ["RunRecord", "Store", "StoreError", "new_token"]
