"""Many flow runs, put into the table at once: copies of runs that were made by the use cases."""

import random
from datetime import datetime, timedelta
from typing import Any

from domain.ids import RANDOM_BITS, time_ordered_id
from domain.random_names import made_up_name
from storage.layout.attributes import instant
from tests.contract.backlog import write_items
from tests.contract.factories import SHARDS, World


class Copies:
    """Copies of runs of one tenant, at other times of creation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._models: dict[str, Any] = {}
        self._items: list[Any] = []
        self._dice = random.Random(7)  # noqa: S311

    def add(
        self,
        flow_run_id: str,
        created: datetime,
        *,
        after: timedelta = timedelta(seconds=5),
        keeps_due: bool = False,
    ) -> str:
        """Copy a run to another time; if it was started, it was so some seconds `after` its creation.

        It is due at its creation, or `keeps_due`: it is as the run that is copied.
        """
        if flow_run_id not in self._models:
            self._models[flow_run_id] = self._world.item(flow_run_id)
        item = dict(self._models[flow_run_id])
        new = time_ordered_id(created, self._dice.getrandbits(RANDOM_BITS))
        shard = int(new[-12:-4], 16) % SHARDS
        if "name_shard" not in item:
            item["name"] = {"S": made_up_name(new)}
        for name in ("tenant_shard", "flow_shard", "status_shard", "planned_shard", "name_shard"):
            if name in item:
                item[name] = {"S": f"{item[name]['S'].rpartition('#')[0]}#{shard}"}
        item |= {"pk": {"S": item["pk"]["S"].replace(flow_run_id, new)}, "order": {"S": new}}
        if not keeps_due:
            item["due"] = instant(created)
        if item.get("status_order") == {"S": flow_run_id}:
            item["status_order"] = {"S": new}
        item |= {name: instant(created + after) for name in ("start_time", "end_time") if name in item}
        self._items.append(item)
        return new

    def write(self) -> None:
        """Put the copies into the table."""
        write_items(self._world, self._items)
        self._items = []
