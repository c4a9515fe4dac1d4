"""The indexes of the table; docs/data-model.md shows the items that each lists."""

from typing import Final

from storage.dynamodb.items import Index

BY_TENANT: Final = Index("by_tenant", "tenant_shard", "order")
BY_FLOW: Final = Index("by_flow", "flow_shard", "order")
BY_STATUS: Final = Index("by_status", "status_shard", "status_order")
BY_NAME: Final = Index("by_name", "name_shard", "order")
PLANNED: Final = Index("planned", "planned_shard", "order")
ENDED_LATE: Final = Index("ended_late", "late_shard", "late_order")
